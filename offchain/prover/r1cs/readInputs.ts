import { ProverError } from "../errors.ts";

/** Inputs of a circuit as circom declared them, and which wire carries which. */
export type R1csInputs = {
  readonly publicOutputs: number;
  readonly publicInputs: number;
  /** Declared; the optimiser may have eliminated some of them. */
  readonly privateInputs: number;
  /**
   * Label of each wire. Labels count the declared signals: 0 is the constant, then outputs, public inputs and private
   * inputs of `main` in their order, then all else.
   */
  readonly labels: readonly number[];
};

const HEADER = 1;
const LABELS = 3;
const LABEL_BYTES = 8;

/**
 * Reads the inputs and the map of labels of a `.r1cs` file (github.com/iden3/r1csfile, doc/r1cs_bin_format.md).
 *
 * @throws {ProverError} `R1CS_INVALID` if the file ends early or has no map.
 */
export function readR1csInputs(bytes: Uint8Array): R1csInputs {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const invalid = (reason: string, cause?: unknown): ProverError =>
    new ProverError({ code: "R1CS_INVALID", reason }, { cause });
  try {
    const sections = new Map<number, { readonly at: number; readonly length: number }>();
    let at = 12;
    for (let i = 0; i < view.getUint32(8, true); i++) {
      const length = Number(view.getBigUint64(at + 4, true));
      sections.set(view.getUint32(at, true), { at: at + 12, length });
      at += 12 + length;
    }
    const header = sections.get(HEADER);
    const labels = sections.get(LABELS);
    if (header === undefined || labels === undefined) throw invalid("it has no map of labels");
    const wires = view.getUint32(header.at + 36, true);
    if (labels.length !== wires * LABEL_BYTES) throw invalid("its map of labels is incomplete");
    return {
      publicOutputs: view.getUint32(header.at + 40, true),
      publicInputs: view.getUint32(header.at + 44, true),
      privateInputs: view.getUint32(header.at + 48, true),
      labels: Array.from({ length: wires }, (_, wire) =>
        Number(view.getBigUint64(labels.at + wire * LABEL_BYTES, true)),
      ),
    };
  } catch (cause) {
    if (cause instanceof RangeError) throw invalid("it ends early", cause);
    throw cause;
  }
}
