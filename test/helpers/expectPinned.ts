import { expect } from "chai";
import { freeNames, loneChanges, lyingHints, wiresNamed } from "./circuit.ts";
import type { TestCircuit } from "./circuit.ts";

/** Wires that circom names after hints, in any template; the optimizer may have an output stand for one. */
const HINTS = /Bits\[|Bits_.*\.out\[|Bits\.out\[|digits\[|inverse$|excess$|odd$/;

/**
 * Expects that nothing but the inputs determines a witness: no wire can be changed alone, no hint can lie with the rest
 * solved again, and the constraints leave no wire free.
 *
 * @param hints least number of hints that must be found, so that silence means something
 * @param inverses how many inverses of 0 there are, which `IsZero` leaves free as they meet only zeros
 */
export function expectPinned(
  circuit: TestCircuit,
  witness: readonly bigint[],
  hints: number,
  { inverses = 0, more }: { readonly inverses?: number; readonly more?: RegExp } = {},
): void {
  const found = wiresNamed(circuit, HINTS);
  const tried = more === undefined ? found : [...new Set([...found, ...wiresNamed(circuit, more)])];
  expect(tried).to.have.length.of.at.least(hints);
  const free = freeNames(circuit, witness);
  expect(free.filter((it) => !it.endsWith(".inverse"))).to.deep.equal([]);
  expect(free).to.have.length(inverses);
  expect(loneChanges(circuit, witness)).to.have.members([...free]);
  expect(lyingHints(circuit, witness, tried)).to.have.members([...free]);
}
