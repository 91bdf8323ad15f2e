/** A circom circuit of products and sums drawn from numbers in [0, 1), with its inputs: some public, one or more outputs. */
export type RandomCircuit = {
  readonly source: string;
  /** Inputs that satisfy it, drawn anew at each call. */
  readonly drawInputs: () => Readonly<Record<string, readonly bigint[]>>;
};

/** Sums of products `(a·x + b)·(c·y + d)` over the wires so far; now and then bits of an input below 2^8. */
export function randomCircuit(draw: () => number): RandomCircuit {
  const below = (limit: number): number => Math.floor(draw() * limit);
  const [publics, privates, outputs] = [1 + below(3), 1 + below(4), 1 + below(3)];
  const inputs = publics + privates;
  const products = outputs + below(12);
  const wire = (count: number): string => {
    const i = below(inputs + count);
    if (i < publics) return `p[${i}]`;
    return i < inputs ? `s[${i - publics}]` : `t[${i - inputs}]`;
  };
  const factor = (count: number): string =>
    `(${1 + below(1000)} * ${wire(count)} + ${below(2) === 0 ? 0 : below(1 << 30)})`;
  const lines = Array.from(
    { length: products },
    (_, i) => `    t[${i}] <== ${factor(i)} * ${factor(i)};`,
  );
  const bits = Array.from(
    { length: 1 + below(privates) },
    (_, i) => `    _ <== Num2Bits(8)(s[${i}]);`,
  );
  const results = Array.from(
    { length: outputs },
    (_, i) => `    y[${i}] <== t[${products - 1 - i}] + ${wire(products)};`,
  );
  return {
    source: `pragma circom 2.2.0;
include "circomlib/circuits/bitify.circom";

template Random() {
    signal input p[${publics}];
    signal input s[${privates}];
    signal output y[${outputs}];
    signal t[${products}];
${[...lines, ...bits, ...results].join("\n")}
}

component main {public [p]} = Random();
`,
    drawInputs: () => ({
      p: Array.from({ length: publics }, () => BigInt(below(2 ** 31)) ** 5n),
      s: Array.from({ length: privates }, () => BigInt(below(256))),
    }),
  };
}
