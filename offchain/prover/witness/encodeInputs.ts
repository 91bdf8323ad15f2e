import type { CircuitInputs } from "../calculateWitness.ts";
import { ProverError } from "../errors.ts";
import type { InputLayout } from "./inputLayout.ts";
import { ELEMENT_BYTES, writeElement } from "./writeElement.ts";

/**
 * Values of a circuit's inputs in the order in which it declares them; 32 bytes each, little-endian.
 *
 * @throws {ProverError} `INPUT_UNKNOWN`, `INPUT_LENGTH`, `INPUT_COUNT`
 */
export function encodeInputs(layout: InputLayout, inputs: CircuitInputs): Uint8Array {
  const given = new Map(
    Object.entries(inputs).map(([signal, it]) => [signal, typeof it === "bigint" ? [it] : it]),
  );
  const lengths = new Map(layout.inputs.map(({ name, length }) => [name, length]));
  for (const [signal, { length }] of given) {
    const expected = lengths.get(signal);
    if (expected === undefined) throw new ProverError({ code: "INPUT_UNKNOWN", signal });
    if (expected !== length)
      throw new ProverError({ code: "INPUT_LENGTH", signal, length, expected });
  }
  const values = layout.inputs.flatMap(({ name }) => given.get(name) ?? []);
  const expected = layout.inputs.reduce((sum, { length }) => sum + length, 0);
  if (values.length !== expected)
    throw new ProverError({ code: "INPUT_COUNT", given: values.length, expected });

  const bytes = new Uint8Array(expected * ELEMENT_BYTES);
  const view = new DataView(bytes.buffer);
  values.forEach((value, i) => {
    writeElement(view, i * ELEMENT_BYTES, value);
  });
  return bytes;
}
