import type { TensorEncoding } from "@vouch/protocol";
import type { Tensor } from "../ir/integerGraph.ts";

/**
 * Activations that cross a cut, laid end to end, each of its own width; claimed as one salted commitment
 * (docs/statement.md, section 8). Both sides of a cut have the same shapes and types in the same order.
 */
export type JoinEncoding = { readonly mode: "join"; readonly tensors: readonly Tensor[] };

/** How a circuit claims what comes in or goes out: as the statement's words, or as the commitment of a join. */
export type ClaimEncoding = TensorEncoding | JoinEncoding;

/** Values laid end to end, as the tensors of a join. */
export function splitValues<Value>(
  tensors: readonly Pick<Tensor, "shape">[],
  values: readonly Value[],
): readonly (readonly Value[])[] {
  let at = 0;
  return tensors.map(({ shape }) => {
    const start = at;
    at += shape.reduce((product, length) => product * length, 1);
    return values.slice(start, at);
  });
}
