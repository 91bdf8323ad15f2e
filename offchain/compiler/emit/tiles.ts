import { WORD_BITS } from "@vouch/protocol";

/** A product of matrices whose sums share products; see layers/DotProducts.circom. */
export type ProductSpec = {
  readonly rows: number;
  readonly inputs: number;
  readonly outputs: number;
  /**
   * Whether the input at a place is a constant of the circuit, such as padding, so that its products are no constraints.
   * None is where this is left out.
   */
  readonly isConstant?: (row: number, input: number) => boolean;
};

/** Rows and outputs that share their products, and what all products cost. */
export type Tiling = { readonly rows: number; readonly outputs: number; readonly cost: number };

/**
 * Chooses the shape of the tiles that costs least.
 *
 * @param bits of a sum's digit
 * @param fixed constraints of each tile beside its products
 * @param digits constraints of a tile's digits
 */
export function cheapestTiling(
  spec: ProductSpec,
  bits: number,
  { fixed, digits }: { readonly fixed: number; readonly digits: (sums: number) => number },
): Tiling {
  const most = Math.max(1, Math.floor(WORD_BITS / bits));
  const products = new Map<number, number>();
  let best: Tiling | undefined;
  for (let outputs = Math.min(most, spec.outputs); outputs >= 1; outputs--) {
    // Rows are packed for tiles of one width.
    const mostRows = spec.outputs % outputs === 0 ? Math.floor(most / outputs) : 1;
    const wide = Math.ceil(spec.outputs / outputs);
    for (let rows = Math.min(mostRows, spec.rows); rows >= 1; rows--) {
      const high = Math.ceil(spec.rows / rows);
      const column = products.get(rows) ?? rowProducts(spec, rows);
      products.set(rows, column);
      const cost = wide * (column + high * fixed) + tileDigits(spec, { rows, outputs }, digits);
      if (best === undefined || cost < best.cost) best = { rows, outputs, cost };
    }
  }
  return best ?? { rows: 1, outputs: 1, cost: 0 };
}

/** Products of all tiles one output tile wide. */
function rowProducts({ rows, inputs, isConstant }: ProductSpec, tile: number): number {
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
