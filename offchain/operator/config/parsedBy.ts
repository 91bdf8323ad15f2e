import type { z } from "zod";

/** Returns a transformation that reads by a function of ours: what it throws becomes the schema's refusal. */
export function parsedBy<In, Out>(
  parse: (value: In) => Out,
): (value: In, context: z.RefinementCtx<In>) => Out {
  return (value, context) => {
    try {
      return parse(value);
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      const message = error.message.replace(/\.$/, "");
      context.issues.push({ code: "custom", message, input: value });
      return undefined as never; // the issue refuses it
    }
  };
}
