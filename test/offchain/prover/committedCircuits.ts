/** Weights are below 16, inputs too; six weights in two rows. */
const TABLE = 16;
export const WEIGHTS: readonly bigint[] = [1n, 2n, 3n, 15n, 0n, 7n];
export const SALT = 12_345n;

const LOOKUP = `pragma circom 2.2.0;

// Each value occurs in 0 .. t-1: sum of 1/(z - value) = sum of m/(z - entry), for multiplicities fixed before z.
template Lookup(n, t) {
    signal input z;
    signal input values[n];
    signal input multiplicities[t];
    signal inverses[n];
    signal entries[t];
    var sum = 0;
    for (var i = 0; i < n; i++) {
        inverses[i] <-- 1 / (z - values[i]);
        inverses[i] * (z - values[i]) === 1;
        sum += inverses[i];
    }
    for (var i = 0; i < t; i++) {
        entries[i] <-- multiplicities[i] / (z - i);
        entries[i] * (z - i) === multiplicities[i];
        sum -= entries[i];
    }
    sum === 0;
}
`;

/** \`y = W x\` by its rows combined with powers of b, x below 16 by a lookup at z. */
export const INFERENCE = `${LOOKUP}
template Main() {
    signal input w[6];
    signal input weightsBlind;
    signal input x[3];
    signal input y[2];
    signal input multiplicities[${TABLE}];
    signal input adviceBlind;
    signal input z;
    signal input b;
    signal input e;
    signal weightsSquare <== weightsBlind * weightsBlind;
    signal adviceSquare <== adviceBlind * adviceBlind;
    Lookup(3, ${TABLE})(z, x, multiplicities);
    signal combined[3];
    signal products[3];
    var sum = 0;
    for (var i = 0; i < 3; i++) {
        combined[i] <== b * w[3 + i];
        products[i] <== (w[i] + combined[i]) * x[i];
        sum += products[i];
    }
    b * y[1] === sum - y[0];
    signal powers[4];
    powers[0] <== (y[1] * z) + y[0];
    powers[1] <== powers[0] * z + x[2];
    powers[2] <== powers[1] * z + x[1];
    powers[3] <== powers[2] * z + x[0];
    e === powers[3];
}
component main {public [z, b, e]} = Main();
`;

/** The same weights, below 16 by a lookup at z, are those of W, which is no hash here: it compiles sooner. */
export const WEIGHTS_CIRCUIT = `${LOOKUP}
template Main() {
    signal input w[6];
    signal input weightsBlind;
    signal input salt;
    signal input multiplicities[${TABLE}];
    signal input adviceBlind;
    signal input z;
    signal input b;
    signal input W;
    signal weightsSquare <== weightsBlind * weightsBlind;
    signal adviceSquare <== adviceBlind * adviceBlind;
    Lookup(6, ${TABLE})(z, w, multiplicities);
    var packed = 0;
    for (var i = 0; i < 6; i++) packed += w[i] * (1 << (4 * i));
    signal square <== salt * salt;
    W === square + packed;
}
component main {public [z, b, W]} = Main();
`;

export const INFERENCE_GROUPS = { weights: 7, advice: 3 + 2 + TABLE + 1 };
export const WEIGHTS_GROUPS = { weights: 7, advice: 1 + TABLE + 1 };

/** W of the weights. */
export function weightsCommitment(weights: readonly bigint[]): bigint {
  return weights.reduce((sum, w, i) => sum + (w << BigInt(4 * i)), SALT * SALT);
}

/** Inputs of the inference circuit but the challenge. */
export function inferenceInputs(
  weights: readonly bigint[],
  x: readonly bigint[],
): { readonly w: readonly bigint[] } & Record<"x" | "y" | "multiplicities", readonly bigint[]> {
  const y = [0, 1].map((row) =>
    x.reduce((sum, it, i) => sum + it * (weights[3 * row + i] ?? 0n), 0n),
  );
  return { w: weights, x, y, multiplicities: count(x) };
}

/** How often each entry of the table occurs. */
export function count(values: readonly bigint[]): readonly bigint[] {
  return Array.from({ length: TABLE }, (_, entry) =>
    BigInt(values.filter((it) => it === BigInt(entry)).length),
  );
}
