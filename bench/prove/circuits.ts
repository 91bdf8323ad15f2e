import { layeredCircuit, layeredInputs } from "../../test/offchain/prover/layeredCircuit.ts";

/** A circuit of about 85 % of 2^power constraints, with inputs that satisfy it. */
export type BenchCircuit = {
  readonly source: string;
  readonly inputs: Readonly<Record<string, bigint | readonly bigint[]>>;
};

/** `light`: bits and 8-bit products, as of a quantized network. `heavy`: a chain of squares, every wire of 254 bits. */
export const KINDS = ["light", "heavy"] as const;
export type Kind = (typeof KINDS)[number];

export function benchCircuit(kind: Kind, power: number): BenchCircuit {
  const constraints = Math.round(0.85 * 2 ** power);
  return kind === "light" ? light(constraints) : heavy(constraints);
}

function light(constraints: number): BenchCircuit {
  const neurons = Math.max(1, Math.round((constraints - 240) / 205));
  const shape = { inputs: 20, neurons, hashes: 1 };
  return { source: layeredCircuit(shape), inputs: layeredInputs(shape) };
}

/** In blocks, since circom takes time by the square of a template's signals. */
function heavy(constraints: number): BenchCircuit {
  const block = Math.min(500, constraints);
  const source = `pragma circom 2.2.0;

template Squares(n) {
    signal input x;
    signal output y;
    signal s[n + 1];
    s[0] <== x;
    for (var i = 0; i < n; i++) s[i + 1] <== s[i] * s[i] + i;
    y <== s[n];
}

template Chain(m, n) {
    signal input x;
    signal input c;
    signal output y;
    signal s[m + 1];
    s[0] <== x + c;
    for (var i = 0; i < m; i++) s[i + 1] <== Squares(n)(s[i]);
    y <== s[m];
}

component main {public [c]} = Chain(${Math.round(constraints / block)}, ${block});
`;
  return { source, inputs: { x: 3n, c: 5n } };
}
