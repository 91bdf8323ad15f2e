import type { FloatId } from "../ir/floatGraph.ts";
import { signedBits } from "../ir/range.ts";
import type { Operand, Quantized, Quantizer } from "./quantizer.ts";
import { powerOfTwo } from "./quantizer.ts";
import { PRECISE_BITS } from "./targets.ts";

/** Bits of whole numbers beside constants that are exact with so many. */
const MOST_BITS = 40;
/** What has fewer bits is no activation but a truth value, or a few of them. */
const NARROW = 8;

type Computed = { readonly id: FloatId; readonly source: Quantized };

/**
 * Bits that whole numbers get after the point where constants that are none stand beside them: as many as make 16 with
 * their own, or as few as the constants need if they belong to the architecture. Other tensors have a resolution that is
 * good enough for constants, too.
 *
 * @param unit step of the finest of the tensors
 */
export function pointBits(
  computed: readonly Computed[],
  constants: readonly Operand[],
  unit: number,
  quantizer: Quantizer,
): number {
  const isWhole = computed.every(({ id, source }) => {
    const kind = quantizer.graph.tensors.get(id)?.kind;
    return kind === "integer" || signedBits(source.range) < NARROW;
  });
  if (!isWhole || constants.length === 0) return 0;
  const widths = computed.map(({ source: { range, scale } }) => {
    return signedBits(range) + Math.log2(scale / unit);
  });
  const width = Math.ceil(Math.max(...widths));
  const most = Math.max(0, PRECISE_BITS - width);
  const isKnown = (it: Operand): boolean =>
    it.role === "structure" || quantizer.weights === "public";
  if (!constants.every(isKnown)) return most;
  const isEnough = (bits: number): boolean =>
    constants.every(({ values }) =>
      values.every((it) => Number.isInteger((it / unit) * powerOfTwo(bits))),
    );
  for (let bits = 0; bits <= MOST_BITS - width; bits++) if (isEnough(bits)) return bits;
  return most;
}
