import { z } from "zod";

/** What a circuit costs its prover, as far as the constraint count tells. */
export type ProvenSize = {
  /** Base-2 logarithm of the domain. */
  readonly power: number;
  readonly constraints: number;
};

/** Name of the stored calibration, in the cache of the store. */
export const PROVING_CALIBRATION = "proving.json";

const seconds = z.number().positive();

const sampleSchema = z.object({
  power: z.number().int().min(1).max(28),
  constraints: z.number().int().positive(),
  witnessSeconds: seconds,
  proveSeconds: seconds,
});

const calibrationSchema = z.object({
  format: z.literal("vouch.proving/1"),
  machine: z.object({ cpu: z.string(), threads: z.number().int().positive(), node: z.string() }),
  /** Prover that was timed. */
  prover: z.string(),
  samples: z.array(sampleSchema).min(1),
});

/** Proofs that were timed on one machine, as `bench/prove-calibration.ts` stores them. */
export type ProvingCalibration = z.infer<typeof calibrationSchema>;

/** Seconds of one proof, key loaded. */
export type ProvingSeconds = { readonly witness: number; readonly prove: number };

/**
 * Times of `npm run bench:proving -- 10 12 13 14 15 16 17` on two cores of an AMD EPYC (Zen 4): what an estimate rests on,
 * and says so, where nothing was measured on the machine itself.
 */
export const REFERENCE_CALIBRATION: ProvingCalibration = {
  format: "vouch.proving/1",
  machine: { cpu: "AMD EPYC", threads: 2, node: "v22.23.2" },
  prover: "snarkjs",
  samples: [
    { power: 10, constraints: 850, witnessSeconds: 0.002, proveSeconds: 0.111 },
    { power: 12, constraints: 3463, witnessSeconds: 0.005, proveSeconds: 0.302 },
    { power: 13, constraints: 4753, witnessSeconds: 0.006, proveSeconds: 0.485 },
    { power: 14, constraints: 13816, witnessSeconds: 0.013, proveSeconds: 1.028 },
    { power: 15, constraints: 19654, witnessSeconds: 0.017, proveSeconds: 1.674 },
    { power: 16, constraints: 55294, witnessSeconds: 0.049, proveSeconds: 3.489 },
    { power: 17, constraints: 77968, witnessSeconds: 0.067, proveSeconds: 5.548 },
  ],
};

/** Returns a stored calibration, or `undefined` where the document is none of this version. */
export function parseProvingCalibration(json: unknown): ProvingCalibration | undefined {
  const parsed = calibrationSchema.safeParse(json);
  return parsed.success ? parsed.data : undefined;
}

/**
 * Extrapolates from a calibration: a fixed part, one for each point of the domain (transforms, and the points of `H`) and
 * one for each constraint (the other points), none below zero, by least squares of relative errors.
 */
export function provingSeconds(
  { samples }: ProvingCalibration,
  { power, constraints }: ProvenSize,
): ProvingSeconds {
  const prove = fit(
    samples.map((it) => [1, 2 ** it.power, it.constraints]),
    samples.map((it) => it.proveSeconds),
  );
  const witness = fit(
    samples.map((it) => [1, it.constraints]),
    samples.map((it) => it.witnessSeconds),
  );
  return {
    witness: dot(witness, [1, constraints]),
    prove: dot(prove, [1, 2 ** power, constraints]),
  };
}

/**
 * Likewise of a circuit of commit-and-prove. Its wires are elements of the whole field where a plain circuit has bits, hence so many
 * times the seconds of a plain one with as many constraints (`npm run bench:prove-models`, three models, portable prover
 * against snarkjs); committing to the advice takes a fiftieth of a proof.
 */
const COMMITTED_TIMES = { witness: 10, prove: 1.5 } as const;

/** Seconds of a proof by commit-and-prove. */
export function committedSeconds(
  calibration: ProvingCalibration,
  size: ProvenSize,
): ProvingSeconds {
  const { witness, prove } = provingSeconds(calibration, size);
  return { witness: COMMITTED_TIMES.witness * witness, prove: COMMITTED_TIMES.prove * prove };
}

/** Coefficients, none negative, that bring `rows · x` closest to the targets in relative terms: the best of all subsets. */
function fit(rows: readonly (readonly number[])[], targets: readonly number[]): readonly number[] {
  const scaled = rows.map((row, i) => row.map((it) => it / (targets[i] ?? 1)));
  const columns = rows[0]?.length ?? 0;
  let best: readonly number[] = [];
  let least = Infinity;
  for (let subset = 1; subset < 2 ** columns; subset++) {
    const used = Array.from({ length: columns }, (_, k) => k).filter((k) => subset & (2 ** k));
    const solution = leastSquares(scaled.map((row) => used.map((k) => row[k] ?? 0)));
    if (solution?.every((it) => it >= 0) !== true) continue;
    const full = Array.from({ length: columns }, (_, k) => solution[used.indexOf(k)] ?? 0);
    const error = scaled.reduce((sum, row) => sum + (dot(full, row) - 1) ** 2, 0);
    if (error < least) [best, least] = [full, error];
  }
  return best;
}

/** Least squares of `rows · x = 1` by the normal equations; `undefined` where they do not determine `x`. */
function leastSquares(rows: readonly (readonly number[])[]): readonly number[] | undefined {
  const size = rows[0]?.length ?? 0;
  // Columns differ by orders of magnitude, so each is brought to length 1 first.
  const norms = Array.from({ length: size }, (_, k) =>
    Math.hypot(...rows.map((row) => row[k] ?? 0)),
  );
  const unit = rows.map((row) => row.map((it, k) => it / (norms[k] ?? 1)));
  const matrix = Array.from({ length: size }, (_, i) => [
    ...Array.from({ length: size }, (__, j) =>
      unit.reduce((sum, row) => sum + (row[i] ?? 0) * (row[j] ?? 0), 0),
    ),
    unit.reduce((sum, row) => sum + (row[i] ?? 0), 0),
  ]);
  for (let k = 0; k < size; k++) {
    const rest = matrix.slice(k).map((row) => Math.abs(row[k] ?? 0));
    const pivot = k + rest.indexOf(Math.max(...rest));
    const [upper = [], lower = []] = [matrix[k], matrix[pivot]];
    if (Math.abs(lower[k] ?? 0) < 1e-9) return undefined;
    [matrix[k], matrix[pivot]] = [lower, upper];
    for (let i = 0; i < size; i++) {
      const row = matrix[i];
      if (i === k || row === undefined) continue;
      const factor = (row[k] ?? 0) / (lower[k] ?? 1);
      matrix[i] = row.map((it, j) => it - factor * (lower[j] ?? 0));
    }
  }
  return matrix.map((row, k) => (row[size] ?? 0) / (row[k] ?? 1) / (norms[k] ?? 1));
}

function dot(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, it, i) => sum + it * (b[i] ?? 0), 0);
}
