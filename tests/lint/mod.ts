/// <reference lib="deno.unstable" />
/**
 * The project's own lint rules, named in deno.json: `lockstep/pure`, `lockstep/layers` and `lockstep/short`.
 *
 * DESIGN says what the rooms are, which way imports go and how long a function is; these make `deno lint` say so too.
 */
import { layers } from "./layers.ts";
import { pure } from "./pure.ts";
import { short } from "./short.ts";

const plugin: Deno.lint.Plugin = { name: "lockstep", rules: { pure, layers, short } };

export default plugin;
