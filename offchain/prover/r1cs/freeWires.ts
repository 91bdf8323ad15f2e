import { evaluateCombination } from "./checkWitness.ts";
import type { LinearCombination, R1cs } from "./readR1cs.ts";

type Row = Map<number, bigint>;

/**
 * Wires that the constraints leave locally free at a witness: those without a pivot in the Jacobian of the system, the
 * fixed wires held constant. An under-constrained signal shows up here, or another one of the same dependent set.
 *
 * Limits. The answer is about first-order changes at this one witness: a wire free elsewhere (an inverse hint where its
 * input is zero) shows only at a witness that reaches it, and a second solution at a distance (other bits with the same
 * sum) never shows. An empty answer is no proof of soundness.
 *
 * @param witness one value for each wire, satisfying the system
 * @param fixedWires wires that may not move, in general the inputs; wire 0 is always fixed
 */
export function freeWires(
  r1cs: R1cs,
  witness: readonly bigint[],
  fixedWires: Iterable<number>,
): readonly number[] {
  const fixed = new Set(fixedWires).add(0);
  const pinned = eliminate(jacobian(r1cs, witness, fixed), r1cs.prime);
  return Array.from({ length: r1cs.wires }, (_, wire) => wire).filter(
    (wire) => !fixed.has(wire) && !pinned.has(wire),
  );
}

/** Rows d(a·b − c) = b(w)·da + a(w)·db − dc over the wires that may move, without zero entries. */
function jacobian(r1cs: R1cs, witness: readonly bigint[], fixed: ReadonlySet<number>): Row[] {
  return r1cs.constraints.map(({ a, b, c }) => {
    const row: Row = new Map();
    const add = (terms: LinearCombination, factor: bigint): void => {
      for (const [wire, coefficient] of terms) {
        if (fixed.has(wire)) continue;
        const entry = modulo((row.get(wire) ?? 0n) + coefficient * factor, r1cs.prime);
        if (entry === 0n) row.delete(wire);
        else row.set(wire, entry);
      }
    };
    add(a, evaluateCombination(b, witness) % r1cs.prime);
    add(b, evaluateCombination(a, witness) % r1cs.prime);
    add(c, -1n);
    return row;
  });
}

/** Rows that have an entry in a column. */
type Columns = (wire: number) => Set<Row>;

function columnsOf(rows: readonly Row[]): Columns {
  const byWire = new Map<number, Set<Row>>();
  const columns: Columns = (wire) => {
    let column = byWire.get(wire);
    if (column === undefined) byWire.set(wire, (column = new Set()));
    return column;
  };
  for (const row of rows) for (const wire of row.keys()) columns(wire).add(row);
  return columns;
}

/**
 * Gaussian elimination, shortest rows first; returns the pivot columns. A circuit computes forward from its inputs, so
 * nearly every row is down to one entry when its turn comes, and the elimination costs about one visit to each entry.
 */
function eliminate(rows: readonly Row[], prime: bigint): ReadonlySet<number> {
  const columns = columnsOf(rows);
  const pinned = new Set<number>();
  const byLength: Row[][] = [];
  const enqueue = (row: Row): void => {
    if (row.size > 0) (byLength[row.size] ??= []).push(row);
  };
  rows.forEach(enqueue);

  for (let length = 1; length < byLength.length;) {
    const row = byLength[length]?.pop();
    if (row === undefined) {
      length++;
    } else if (row.size === length) {
      const wire = shortestColumn(row, columns);
      pinned.add(wire);
      clearColumn(row, wire, columns, prime).forEach(enqueue);
      for (const other of row.keys()) columns(other).delete(row);
      row.clear();
      length = 1; // shorter rows may have appeared
    } // else the entry is stale: the row was queued again at its new length
  }
  return pinned;
}

function shortestColumn(row: Row, columns: Columns): number {
  let best = -1;
  let fewest = Infinity;
  for (const wire of row.keys()) {
    const { size } = columns(wire);
    if (size < fewest) [best, fewest] = [wire, size];
  }
  return best;
}

/** Subtracts multiples of the pivot row so that `wire` occurs in no other row; returns the rows changed. */
function clearColumn(pivot: Row, wire: number, columns: Columns, prime: bigint): readonly Row[] {
  const others = [...columns(wire)].filter((row) => row !== pivot);
  if (others.length === 0) return others;
  const inverse = invert(pivot.get(wire) ?? 0n, prime); // the pivot has an entry there
  for (const row of others) {
    const factor = ((row.get(wire) ?? 0n) * inverse) % prime; // `columns` lists the row under `wire`
    for (const [other, coefficient] of pivot) {
      const entry = modulo((row.get(other) ?? 0n) - factor * coefficient, prime);
      if (entry === 0n) {
        row.delete(other);
        columns(other).delete(row);
      } else {
        row.set(other, entry);
        columns(other).add(row);
      }
    }
  }
  return others;
}

function modulo(value: bigint, prime: bigint): bigint {
  const rest = value % prime;
  return rest < 0n ? rest + prime : rest;
}

/** Inverse modulo a prime by the extended Euclidean algorithm; `value` is not 0. */
function invert(value: bigint, prime: bigint): bigint {
  let [r0, r1] = [prime, value];
  let [t0, t1] = [0n, 1n];
  while (r1 !== 0n) {
    const quotient = r0 / r1;
    [r0, r1] = [r1, r0 - quotient * r1];
    [t0, t1] = [t1, t0 - quotient * t1];
  }
  return modulo(t0, prime);
}
