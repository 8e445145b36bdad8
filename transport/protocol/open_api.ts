import { PROTOCOL_VERSION } from "./codec.ts";
import { jsonSchema } from "./json_schema.ts";
import { ANSWERS } from "./messages.ts";
import { type Route, ROUTES } from "./rest.ts";

type Fields = Record<string, unknown>;

/** The OpenAPI 3.1 document of the REST side, made from its routes. */
export function openApi(): Fields {
  const paths: Record<string, Fields> = {};
  for (const [operationId, route] of Object.entries<Route>(ROUTES)) {
    (paths[route.path] ??= {})[route.method.toLowerCase()] = operation(operationId, route);
  }
  return {
    openapi: "3.1.0",
    info: { title: "Lockstep", version: `${PROTOCOL_VERSION}.0.0`, description: "Sessions, their results, and tapes." },
    servers: [{ url: "http://127.0.0.1:8787" }],
    security: [{ token: [] }],
    paths,
    components: {
      schemas: { Error: jsonSchema(ANSWERS.error) },
      responses: {
        Error: { description: "See PROTOCOL.md for the codes.", content: json({ $ref: "#/components/schemas/Error" }) },
      },
      securitySchemes: { token: { type: "http", scheme: "bearer", bearerFormat: "JWT" } },
    },
  };
}

function operation(operationId: string, { path, about, scope, request, status, answer }: Route): Fields {
  const parameters = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: "path",
    required: true,
    schema: name === "part" ? { type: "integer", minimum: 0 } : { type: "string", minLength: 1, maxLength: 200 },
  }));
  return {
    operationId,
    summary: about,
    description: `Needs scope ${scope}.`,
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(request ? { requestBody: { required: true, content: content(request) } } : {}),
    responses: {
      [status]: { description: about, ...(answer ? { content: content(answer) } : {}) },
      default: { $ref: "#/components/responses/Error" },
    },
  };
}

function content(body: NonNullable<Route["answer"]>): Fields {
  return body === "bytes" ? { "application/octet-stream": {} } : json(jsonSchema(body));
}

function json(schema: Fields | Readonly<Fields>): Fields {
  return { "application/json": { schema } };
}
