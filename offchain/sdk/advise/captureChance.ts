/**
 * Returns the chance, in parts per million rounded up, that a party which holds `held` of a pool's places gets at least `k` of `n`
 * seats drawn from it: the hypergeometric tail. A pool with fewer places than seats is drawn whole.
 */
export function captureChance(draw: {
  readonly places: number;
  readonly held: number;
  readonly k: number;
  readonly n: number;
}): number {
  const [places, held] = [BigInt(draw.places), BigInt(Math.min(draw.held, draw.places))];
  const n = BigInt(Math.min(draw.n, draw.places));
  const all = choose(places, n);
  let captured = 0n;
  for (let seats = BigInt(draw.k); seats <= n; seats += 1n)
    captured += choose(held, seats) * choose(places - held, n - seats);
  return all === 0n ? 0 : Number((captured * 1_000_000n + all - 1n) / all);
}

function choose(from: bigint, count: bigint): bigint {
  if (count < 0n || count > from) return 0n;
  let ways = 1n;
  for (let i = 0n; i < count; i += 1n) ways = (ways * (from - i)) / (i + 1n);
  return ways;
}
