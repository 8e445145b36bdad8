/// <reference lib="deno.unstable" />
/**
 * The project's own lint rules, named in deno.json: `lockstep/pure` and `lockstep/layers`.
 *
 * DESIGN says what the rooms are and which way imports go; these make `deno lint` say so too.
 */
import { layers } from "./layers.ts";
import { pure } from "./pure.ts";

const plugin: Deno.lint.Plugin = { name: "lockstep", rules: { pure, layers } };

export default plugin;
