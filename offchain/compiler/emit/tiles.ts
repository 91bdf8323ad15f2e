import { WORD_BITS } from "@vouch/protocol";

/** A product of matrices whose sums share products; see layers/PackTiles.circom. */
export type ProductSpec = {
  readonly rows: number;
  readonly inputs: number;
  readonly outputs: number;
  /**
   * Whether the input at a place is a constant of the circuit, such as padding, so that its products are no constraints.
   * None is where this is left out.
   */
  readonly isConstant?: (row: number, input: number) => boolean;
  /** Whether the input at a place is the constant 0. None is where this is left out. */
  readonly isZero?: (row: number, input: number) => boolean;
};

/** Rows and outputs that share their products, and what all products cost. */
export type Tiling = { readonly rows: number; readonly outputs: number; readonly cost: number };

/** Constraints of a tiling beside those of its products. */
type Extras = {
  /** Of each tile. */
  readonly fixed: number;
  /** Of the digits of a tile of so many sums. */
  readonly digits: (sums: number) => number;
};

/**
 * Chooses the shape of tiles that costs least where each product is a constraint (layers/TiledProducts.circom).
 *
 * @param bits of a sum's digit
 */
export function cheapestTiling(spec: ProductSpec, bits: number, extras: Extras): Tiling {
  const products = rowProducts(spec);
  return cheapest(spec, bits, extras, (rows, wide) => wide * products(rows));
}

/**
 * Chooses the shape of tiles that costs least where the products are checked at a challenge (lib/Freivalds.circom).
 *
 * @param hash constraints of a hash of so many words
 */
export function freivaldsTiling(
  spec: ProductSpec,
  bits: number,
  extras: Extras & { readonly hash: (words: number) => number },
): Tiling {
  const products = rowProducts(spec);
  const combined = combinedInputs(spec);
  return cheapest(spec, bits, extras, (rows, wide) => {
    const high = Math.ceil(spec.rows / rows);
    // The first tile's rows are not scaled.
    const first = rowProducts({ ...spec, rows: Math.min(rows, spec.rows) })(rows);
    const scaled = products(rows) - first;
    const powers = Math.max(0, wide - 2) + Math.max(0, high - 2) + (high > 1 && wide > 1 ? 1 : 0);
    const hash = extras.hash(1 + high * wide);
    return scaled + spec.inputs * (wide - 1) + combined(rows) + high * wide - 1 + powers + hash;
  });
}

function cheapest(
  spec: ProductSpec,
  bits: number,
  { fixed, digits }: Extras,
  products: (tileRows: number, wide: number) => number,
): Tiling {
  const most = Math.max(1, Math.floor(WORD_BITS / bits));
  let best: Tiling | undefined;
  for (let outputs = Math.min(most, spec.outputs); outputs >= 1; outputs--) {
    // Rows are packed for tiles of one width.
    const mostRows = spec.outputs % outputs === 0 ? Math.floor(most / outputs) : 1;
    const wide = Math.ceil(spec.outputs / outputs);
    for (let rows = Math.min(mostRows, spec.rows); rows >= 1; rows--) {
      const high = Math.ceil(spec.rows / rows);
      const cost =
        products(rows, wide) + wide * high * fixed + tileDigits(spec, { rows, outputs }, digits);
      if (best === undefined || cost < best.cost) best = { rows, outputs, cost };
    }
  }
  return best ?? { rows: 1, outputs: 1, cost: 0 };
}

/** Products of all tiles one output tile wide, by their rows. */
function rowProducts({ rows, inputs, isConstant }: ProductSpec): (tile: number) => number {
  const known = new Map<number, number>();
  const count = (tile: number): number => {
    if (isConstant === undefined) return Math.ceil(rows / tile) * inputs;
    let products = 0;
    for (let first = 0; first < rows; first += tile) {
      const end = Math.min(rows, first + tile);
      for (let input = 0; input < inputs; input++) {
        for (let row = first; row < end; row++) {
          if (isConstant(row, input)) continue;
          products++;
          break;
        }
      }
    }
    return products;
  };
  return (tile) => {
    const products = known.get(tile) ?? count(tile);
    known.set(tile, products);
    return products;
  };
}

/** Inputs whose combination over all rows is no constant, by the rows of a tile: those of the first are not scaled. */
function combinedInputs({
  rows,
  inputs,
  isConstant,
  isZero,
}: ProductSpec): (tile: number) => number {
  /** Where an input is constant in all rows: how many rows there are up to the last that is not 0. */
  const heights: number[] = [];
  for (let input = 0; input < inputs && isConstant !== undefined; input++) {
    let height = 0;
    let row = 0;
    for (; row < rows && isConstant(row, input); row++) {
      if (isZero?.(row, input) !== true) height = row + 1;
    }
    if (row === rows) heights.push(height);
  }
  return (tile) => inputs - heights.filter((it) => it <= tile).length;
}

function tileDigits(
  spec: ProductSpec,
  tile: { readonly rows: number; readonly outputs: number },
  digits: (sums: number) => number,
): number {
  const lengths = (total: number, size: number): readonly (readonly [number, number])[] => [
    [size, Math.floor(total / size)],
    [total % size, total % size === 0 ? 0 : 1],
  ];
  let cost = 0;
  for (const [rows, high] of lengths(spec.rows, tile.rows)) {
    for (const [outputs, wide] of lengths(spec.outputs, tile.outputs)) {
      if (high > 0 && wide > 0) cost += high * wide * digits(rows * outputs);
    }
  }
  return cost;
}
