/** A piece of a number that is range-checked for itself. */
export type Limb = {
  readonly bits: number;
  /** Bit at which it begins. */
  readonly position: number;
  /** Width of the table that checks it; `undefined` for a bit, which a product checks. */
  readonly table: number | undefined;
};

/** The widths of a circuit's range tables, ascending. */
export type TableWidths = readonly number[];

/** Largest cost that no choice reaches. */
const NONE = Number.POSITIVE_INFINITY;

/**
 * Limbs that admit the numbers of just so many bits, lowest first: the fewest constraints.
 *
 * A limb of a table's width is one lookup. A narrower one is two, of itself and of it times 2^(table - bits), which is in
 * the table, too, only if the limb has no more than its bits.
 */
export function exactLimbs(bits: number, tables: TableWidths): readonly Limb[] {
  return laidOut(cheapest(bits, tables));
}

/** As `exactLimbs`, of so many bits or more. */
export function coveringLimbs(bits: number, tables: TableWidths): readonly Limb[] {
  let best = cheapest(bits, tables);
  for (const table of tables) {
    const rest = bits - table;
    const pieces =
      rest <= 0 ? [piece(table, table)] : [...coveringPieces(rest, tables), piece(table, table)];
    if (costOf(pieces) < costOf(best)) best = pieces;
  }
  return laidOut(best);
}

/** Constraints of checking the limbs of one number. */
export function limbsCost(limbs: readonly Limb[]): number {
  return costOf(limbs);
}

/** Bits of a number made of the limbs. */
export function limbsBits(limbs: readonly Limb[]): number {
  return limbs.reduce((sum, it) => sum + it.bits, 0);
}

/** Lookups of a limb, each by what it is multiplied by first. */
export function factorsOf({ bits, table }: Limb): readonly bigint[] {
  if (table === undefined) return [];
  return table === bits ? [1n] : [1n, 1n << BigInt(table - bits)];
}

type Piece = Omit<Limb, "position">;

function piece(bits: number, table: number | undefined): Piece {
  return { bits, table };
}

function coveringPieces(bits: number, tables: TableWidths): readonly Piece[] {
  return coveringLimbs(bits, tables);
}

function costOf(pieces: readonly Piece[]): number {
  return pieces.reduce((sum, { bits, table }) => {
    return sum + (table === undefined || table === bits ? 1 : 2);
  }, 0);
}

/** The fewest constraints for just so many bits, by the last piece. */
function cheapest(bits: number, tables: TableWidths): readonly Piece[] {
  const costs: number[] = [0];
  const last: Piece[] = [];
  for (let n = 1; n <= bits; n++) {
    costs[n] = NONE;
    for (const it of candidates(n, tables)) {
      const cost = (costs[n - it.bits] ?? NONE) + costOf([it]);
      if (cost >= (costs[n] ?? NONE)) continue;
      costs[n] = cost;
      last[n] = it;
    }
  }
  const pieces: Piece[] = [];
  for (let n = bits; n > 0; n -= pieces.at(-1)?.bits ?? n) {
    const it = last[n];
    if (it !== undefined) pieces.push(it);
  }
  return pieces;
}

/** Pieces of at most so many bits: a bit, a table's width, or what a wider table checks. */
function candidates(most: number, tables: TableWidths): readonly Piece[] {
  const pieces: Piece[] = [piece(1, undefined)];
  for (const table of tables) {
    if (table <= most) pieces.push(piece(table, table));
    const narrower = Math.min(table - 1, most);
    if (narrower > 1) pieces.push(piece(narrower, table));
  }
  return pieces;
}

function laidOut(pieces: readonly Piece[]): readonly Limb[] {
  let position = 0;
  return pieces.map((it) => {
    const limb = { ...it, position };
    position += it.bits;
    return limb;
  });
}
