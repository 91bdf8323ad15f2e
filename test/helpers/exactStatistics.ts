/** A fraction of integers, `divisor > 0`. */
type Fraction = { readonly value: bigint; readonly divisor: bigint };

const sum = (values: readonly bigint[]): bigint => values.reduce((total, it) => total + it, 0n);
const floorDiv = (a: bigint, b: bigint): bigint => a / b - (a % b < 0n ? 1n : 0n);
const squared = (it: bigint): bigint => it * it;

/** `⌊value / divisor + 1/2⌋`. */
export const halfUp = ({ value, divisor }: Fraction): bigint =>
  floorDiv(2n * value + divisor, 2n * divisor);

/** `⌊±√(value / divisor) + 1/2⌋`, by bisection over what is no greater: no integer root is trusted. */
export function rootHalfUp({ value, divisor }: Fraction, isNegative = false): bigint {
  let [low, high] = [-1n, 1n];
  /** Whether `k ≤ v + 1/2`, that is `2k - 1 ≤ 2v`, where v is the root with its sign. */
  const reaches = (k: bigint): boolean => {
    const twice = 2n * k - 1n;
    const distance = squared(twice) * divisor - 4n * value;
    return isNegative ? twice < 0n && distance >= 0n : twice < 0n || distance <= 0n;
  };
  while (!reaches(low)) low *= 2n;
  while (reaches(high)) high *= 2n;
  while (high - low > 1n) {
    const middle = floorDiv(low + high, 2n);
    if (reaches(middle)) low = middle;
    else high = middle;
  }
  return low;
}

/** What is left of each element without the mean, as a fraction over the count. */
function centred(values: readonly bigint[]): readonly bigint[] {
  const [count, total] = [BigInt(values.length), sum(values)];
  return values.map((it) => count * it - total);
}

const lesser = (a: bigint, b: bigint): number => (a < b ? -1 : a > b ? 1 : 0);

export const mean = (values: readonly bigint[]): bigint =>
  halfUp({ value: sum(values), divisor: BigInt(values.length) });

export function median(values: readonly bigint[]): bigint {
  const sorted = values.toSorted(lesser);
  const half = values.length >> 1;
  const middle = values.length % 2 === 1 ? [half, half] : [half - 1, half];
  return halfUp({ value: sum(middle.map((it) => sorted[it]!)), divisor: 2n }); // length above 0
}

/** `Σ (x - mean)² / (n - freedom)`, by the definition and not by the expanded square. */
function spreadOf(values: readonly bigint[], freedom: bigint): Fraction {
  const count = BigInt(values.length);
  return {
    value: sum(centred(values).map(squared)),
    divisor: squared(count) * (count - freedom),
  };
}

export function variance(values: readonly bigint[], fractionBits: bigint, freedom = 0n): bigint {
  const { value, divisor } = spreadOf(values, freedom);
  return halfUp({ value, divisor: divisor << fractionBits });
}

export const stdDev = (values: readonly bigint[], freedom = 0n): bigint =>
  rootHalfUp(spreadOf(values, freedom));

/** z = √(deviation² / variance): one root of one fraction. */
export function standardize(values: readonly bigint[], fractionBits: bigint): bigint[] {
  const { value, divisor } = spreadOf(values, 0n);
  const count = BigInt(values.length);
  return centred(values).map((it) =>
    rootHalfUp(
      {
        value: (squared(it) * divisor) << (2n * fractionBits),
        divisor: squared(count) * value,
      },
      it < 0n,
    ),
  );
}

export function normalize(values: readonly bigint[], fractionBits: bigint): bigint[] {
  const sorted = values.toSorted(lesser);
  const [least, greatest] = [sorted[0]!, sorted.at(-1)!]; // length above 0
  return values.map((it) =>
    halfUp({ value: (it - least) << fractionBits, divisor: greatest - least }),
  );
}

export function correlation(
  xs: readonly bigint[],
  ys: readonly bigint[],
  fractionBits: bigint,
): bigint {
  const [x, y] = [centred(xs), centred(ys)];
  const together = sum(x.map((it, i) => it * y[i]!)); // same length
  return rootHalfUp(
    {
      value: squared(together) << (2n * fractionBits),
      divisor: sum(x.map(squared)) * sum(y.map(squared)),
    },
    together < 0n,
  );
}

export const returnsOf = (prices: readonly bigint[], fractionBits: bigint): bigint[] =>
  prices.slice(1).map((price, i) => {
    const before = prices[i]!; // one less than there are prices
    return halfUp({ value: (price - before) << fractionBits, divisor: before });
  });
