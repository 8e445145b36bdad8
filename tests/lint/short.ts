/// <reference lib="deno.unstable" />

/** Lines that fit a screen. */
const MOST = 70;

/** Lint rule `lockstep/short`: a function has at most 70 lines, from its name to its closing brace. */
export const short: Deno.lint.Rule = {
  create(context) {
    const check = (node: Deno.lint.Node): void => {
      const lines = context.sourceCode.getText(node).split("\n").length;
      if (lines <= MOST) return;
      context.report({ node, message: `Cannot read this function on one screen: it has ${lines} lines, ${MOST} fit` });
    };
    return { FunctionDeclaration: check, FunctionExpression: check, ArrowFunctionExpression: check };
  },
};
