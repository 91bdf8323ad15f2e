/** A linear combination of signals by name; "" is the constant 1. No coefficient is zero. */
type Linear = ReadonlyMap<string, bigint>;

/**
 * Constraints of selecting from a table and from its slopes, as layers/Lookup.circom does it: the index's low
 * bits form monomials that both share, each other bit chooses between halves, and the slope has a product.
 *
 * @param indexBits bits of the index
 * @param slope `undefined` where every slope is 0
 */
export function tableCost(
  indexBits: number,
  base: readonly bigint[],
  slope: readonly bigint[] | undefined,
): number {
  const tables = slope === undefined ? [base] : [base, slope];
  const low = cheapestMonomials(indexBits, tables.length);
  const entries = tables.map((table) => entryCost(low, indexBits - low, table));
  const products = entries.reduce((sum, it) => sum + it.cost, 0);
  const interpolation = slope === undefined || entries.at(-1)?.isConstant === true ? 0 : 1;
  return 2 ** low - 1 - low + products + interpolation;
}

/** As `cheapestMonomials` in layers/Lookup.circom. */
function cheapestMonomials(bits: number, tables: number): number {
  const cost = (low: number): number => 2 ** low - 1 - low + tables * (2 ** (bits - low) - 1);
  let best = 0;
  for (let low = 1; low <= bits; low++) if (cost(low) < cost(best)) best = low;
  return best;
}

/** A choice between two runs is a product unless they differ by a constant. */
function entryCost(
  low: number,
  high: number,
  table: readonly bigint[],
): { readonly cost: number; readonly isConstant: boolean } {
  const size = 2 ** low;
  let nodes = Array.from({ length: 2 ** high }, (_, run) =>
    polynomial(table.slice(run * size, (run + 1) * size)),
  );
  let cost = 0;
  for (let level = 0; level < high; level++) {
    nodes = Array.from({ length: nodes.length / 2 }, (_, k): Linear => {
      const [even = EMPTY, odd = EMPTY] = [nodes[2 * k], nodes[2 * k + 1]];
      const step = difference(odd, even);
      if (isConstant(step)) return difference(even, scaled(step, -1n, `choice ${level}`));
      cost++;
      return new Map([[`node ${level} ${k}`, 1n]]);
    });
  }
  return { cost, isConstant: isConstant(nodes[0] ?? EMPTY) };
}

const EMPTY: Linear = new Map();

/** The entries as a combination of the monomials of their index's bits. */
function polynomial(entries: readonly bigint[]): Linear {
  const coefficients = [...entries];
  for (let step = 1; step < coefficients.length; step *= 2) {
    for (let m = 0; m < coefficients.length; m++) {
      if ((m & step) !== 0) {
        coefficients[m] = (coefficients[m] ?? 0n) - (coefficients[m - step] ?? 0n);
      }
    }
  }
  return new Map(
    coefficients.flatMap((it, m): [string, bigint][] =>
      it === 0n ? [] : [[m === 0 ? "" : `monomial ${m}`, it]],
    ),
  );
}

function difference(left: Linear, right: Linear): Linear {
  const result = new Map(left);
  for (const [signal, it] of right) {
    const rest = (result.get(signal) ?? 0n) - it;
    if (rest === 0n) result.delete(signal);
    else result.set(signal, rest);
  }
  return result;
}

/** A constant times a factor, as a combination of one signal. */
function scaled(constant: Linear, factor: bigint, signal: string): Linear {
  const value = (constant.get("") ?? 0n) * factor;
  return value === 0n ? EMPTY : new Map([[signal, value]]);
}

function isConstant(terms: Linear): boolean {
  return [...terms.keys()].every((it) => it === "");
}
