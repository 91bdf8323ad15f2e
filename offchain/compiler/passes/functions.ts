import type { UnaryFunction } from "../ir/floatGraph.ts";

/** The function in double precision. */
export function functionOf(fn: UnaryFunction): (x: number) => number {
  switch (fn.kind) {
    case "sigmoid":
      return (x) => 1 / (1 + Math.exp(-x));
    case "erf":
      return erf;
    case "softplusTail":
      return (x) => Math.log1p(Math.exp(-Math.abs(x)));
    case "power":
      return (x) => x ** fn.exponent;
    default: {
      const { kind } = fn;
      return (x) => Math[kind](x);
    }
  }
}

/** Whether a function has no value at 0 and grows without bound towards it. */
export function hasPoleAtZero(fn: UnaryFunction): boolean {
  return fn.kind === "log" || (fn.kind === "power" && fn.exponent < 0);
}

/**
 * Error function, by its Taylor series below 3 and the continued fraction of its complement above; both to 1e-15.
 * Abramowitz and Stegun, 7.1.5 and 7.1.14.
 */
function erf(x: number): number {
  const z = Math.abs(x);
  const value = z < 3 ? series(z) : 1 - complement(z);
  return x < 0 ? -value : value;
}

function series(z: number): number {
  let term = z;
  let sum = z;
  for (let n = 1; n < 200 && Math.abs(term) > 1e-18; n++) {
    term *= (-z * z) / n;
    sum += term / (2 * n + 1);
  }
  return (2 / Math.sqrt(Math.PI)) * sum;
}

function complement(z: number): number {
  if (z > 6) return 0;
  let fraction = 0;
  for (let n = 60; n > 0; n--) fraction = n / 2 / (z + fraction);
  return Math.exp(-z * z) / (Math.sqrt(Math.PI) * (z + fraction));
}
