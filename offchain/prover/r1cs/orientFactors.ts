import { ProverError } from "../errors.ts";
import { readR1csHeader } from "../r1csHeader.ts";

/** Where one side of a constraint lies in the file, and its wires. */
type Side = { readonly start: number; readonly end: number; readonly wires: Uint32Array };

/** Rounds over all constraints; the second already changes less than one in a thousand. */
const ROUNDS = 2;

/**
 * Swaps the factors of constraints so that few wires occur on the B side, where a wire that is no bit costs a proof about four
 * times as much as on the A side: its point is of G2, and of G1 a second time. `a · b = c` means the same as `b · a = c`. The
 * same file gives the same bytes; constraints keep their order.
 *
 * @param r1cs a `.r1cs` file; not changed
 * @throws {ProverError} `R1CS_INVALID`
 */
export function orientFactors(r1cs: Uint8Array): Uint8Array {
  const view = new DataView(r1cs.buffer, r1cs.byteOffset, r1cs.byteLength);
  const { body, wires, constraints } = readR1csHeader(r1cs);
  const isBit = new Uint8Array(wires);
  isBit[0] = 1;
  eachConstraint(view, body, constraints, (a, b, c) => {
    const bit = bitOf(a, b, c);
    if (bit !== undefined) isBit[bit] = 1;
  });

  // How often each wire occurs on a B side, under the choices so far.
  const uses = new Uint32Array(wires);
  const isSwapped = new Uint8Array(constraints);
  eachConstraint(view, body, constraints, (_, b) => {
    count(b, 1);
  });
  for (let round = 0; round < ROUNDS; round++) {
    eachConstraint(view, body, constraints, (a, b, _, index) => {
      const swapped = isSwapped[index] === 1;
      const [other, current] = swapped ? [b, a] : [a, b];
      count(current, -1);
      const isBetter = cost(other) < cost(current);
      count(isBetter ? other : current, 1);
      if (isBetter) isSwapped[index] = swapped ? 0 : 1;
    });
  }

  const oriented = Uint8Array.from(r1cs);
  eachConstraint(view, body, constraints, (a, b, _, index) => {
    if (isSwapped[index] !== 1) return;
    oriented.set(r1cs.subarray(b.start, b.end), a.start);
    oriented.set(r1cs.subarray(a.start, a.end), a.start + b.end - b.start);
  });
  return oriented;

  function count({ wires: own }: Side, step: number): void {
    for (const wire of own) uses[wire] = (uses[wire] ?? 0) + step;
  }

  /** Wires, bits apart, that would be on a B side for this constraint alone. */
  function cost({ wires: own }: Side): number {
    let added = 0;
    for (const wire of own) if (isBit[wire] === 0 && uses[wire] === 0) added++;
    return added;
  }
}

/** The wire w of a constraint `w · (w - 1) = 0`, up to signs and order. */
function bitOf(a: Side, b: Side, c: Side): number | undefined {
  if (c.wires.length > 0) return undefined;
  for (const [one, two] of [
    [a, b],
    [b, a],
  ] as const) {
    const [wire] = one.wires;
    if (wire === undefined || wire === 0 || one.wires.length !== 1) continue;
    if (two.wires.length === 2 && two.wires.includes(0) && two.wires.includes(wire)) return wire;
  }
  return undefined;
}

function eachConstraint(
  view: DataView,
  body: number,
  constraints: number,
  visit: (a: Side, b: Side, c: Side, index: number) => void,
): void {
  let at = body;
  const side = (): Side => {
    const start = at;
    if (start + 4 > view.byteLength) throw endsEarly();
    const terms = view.getUint32(start, true);
    at = start + 4 + 36 * terms;
    if (at > view.byteLength) throw endsEarly();
    const wires = new Uint32Array(terms);
    for (let i = 0; i < terms; i++) wires[i] = view.getUint32(start + 4 + 36 * i, true);
    return { start, end: at, wires };
  };
  for (let index = 0; index < constraints; index++) visit(side(), side(), side(), index);
}

function endsEarly(): ProverError {
  return new ProverError({ code: "R1CS_INVALID", reason: "the file ends early" });
}
