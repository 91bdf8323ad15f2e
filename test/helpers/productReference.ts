/** `out[r, o] = Σ_i a[r, i] · b[o, i]`, row-major, written out for circuit tests. */
export function productReference(
  a: readonly bigint[],
  b: readonly bigint[],
  rows: number,
  outputs: number,
): bigint[] {
  const inputs = a.length / rows;
  return Array.from({ length: rows * outputs }, (_, at) => {
    const [r, o] = [Math.floor(at / outputs), at % outputs];
    let sum = 0n;
    for (let i = 0; i < inputs; i++) sum += a[r * inputs + i]! * b[o * inputs + i]!;
    return sum;
  });
}
