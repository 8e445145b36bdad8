/** Version of Lockstep, as deno.json has it; journals name it. */
export const VERSION = "0.1.0";
