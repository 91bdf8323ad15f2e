import { ProverError } from "../errors.ts";
import type { StepOptions } from "../progress.ts";
import type { R1csHeader } from "../r1csHeader.ts";
import { encodeZkeyHeader, ZKEY_SECTION } from "../zkeyFile.ts";
import type { ZkeyPoints } from "../zkeyFile.ts";
import { coefficientSection } from "./coefficientSection.ts";
import { domainPower, rowCount } from "./constraintTerms.ts";
import { loadCurveCode } from "./curveCode.ts";
import { evaluateQap } from "./evaluateQap.ts";
import type { CommittedWires } from "./evaluateQap.ts";
import { multiplyGenerators } from "./fixedBase.ts";

/** Points of a proving key, affine, in Montgomery form. */
export type DrawnKey = {
  readonly header: ZkeyPoints;
  readonly ic: Uint8Array;
  readonly a: Uint8Array;
  readonly b1: Uint8Array;
  readonly b2: Uint8Array;
  readonly c: Uint8Array;
  readonly h: Uint8Array;
  /** Bases of the committed wires, and those of the advice times sigma; empty in plain Groth16. */
  readonly bases: Uint8Array;
  readonly knowledge: Uint8Array;
  /** sigma times the generator of G2. */
  readonly sigma2: Uint8Array;
};

export type DrawOptions = StepOptions & {
  /** Worker threads; by default one for each core, at most 16. */
  readonly threads?: number;
};

/** What the 4 GiB of a WebAssembly memory hold: some ten elements of 32 bytes a row. */
const MAX_POWER = 22;
const CIRCUIT_HASH_BYTES = 64;

/**
 * Evaluates a circuit's QAP at secrets and multiplies the generators: a set-up by one party, which proves nothing against
 * whoever ran it.
 *
 * @param given of `drawSecrets`
 * @throws {ProverError} `R1CS_INVALID`, `CIRCUIT_TOO_LARGE`, `SETUP_FAILED`, `ABORTED`.
 */
export async function drawKey(
  bytes: Uint8Array,
  header: R1csHeader,
  committed: CommittedWires,
  given: Uint8Array,
  { onProgress, signal, threads }: DrawOptions,
): Promise<DrawnKey> {
  onProgress?.("development set-up: evaluate the circuit");
  const rows = rowCount(header);
  if (rows > 2 ** MAX_POWER) {
    throw new ProverError({ code: "CIRCUIT_TOO_LARGE", rows, limit: 2 ** MAX_POWER });
  }
  const curve = await loadCurveCode();
  const scalars = await evaluateQap(curve, bytes, header, given, committed);
  const step = "development set-up: multiply the generators";
  onProgress?.(step, 0);
  const { secrets, a, b, ic, bases, knowledge, c, h } = scalars;
  const { secrets1, secrets2, ...points } = await multiplyGenerators(
    curve,
    {
      secrets1: { group: "g1m", scalars: secrets },
      secrets2: { group: "g2m", scalars: secrets },
      ic: { group: "g1m", scalars: ic },
      a: { group: "g1m", scalars: a },
      b1: { group: "g1m", scalars: b },
      b2: { group: "g2m", scalars: b },
      bases: { group: "g1m", scalars: bases },
      knowledge: { group: "g1m", scalars: knowledge },
      c: { group: "g1m", scalars: c },
      h: { group: "g1m", scalars: h },
    },
    {
      ...(threads === undefined ? {} : { threads }),
      ...(signal === undefined ? {} : { signal }),
      onFraction: (fraction) => onProgress?.(step, fraction),
    },
  ).finally(() => {
    for (const it of Object.values(scalars)) it.fill(0);
  });
  return {
    ...points,
    header: {
      alpha1: secrets1.slice(0, 64),
      beta1: secrets1.slice(64, 128),
      beta2: secrets2.slice(128, 256),
      gamma2: curve.generators.g2m,
      delta1: secrets1.slice(128, 192),
      delta2: secrets2.slice(256, 384),
    },
    sigma2: secrets2.slice(384, 512),
  };
}

/** Sections that a key of Groth16 has behind its first; those of a system that extends it follow. */
export async function commonSections(
  bytes: Uint8Array,
  header: R1csHeader,
  { header: points, ...key }: DrawnKey,
): Promise<readonly (readonly [id: number, content: Uint8Array])[]> {
  const domainSize = 2 ** domainPower(header);
  return [
    [ZKEY_SECTION.header, encodeZkeyHeader({ ...header, domainSize, points })],
    [ZKEY_SECTION.ic, key.ic],
    [ZKEY_SECTION.coefficients, coefficientSection(await loadCurveCode(), bytes, header)],
    [ZKEY_SECTION.a, key.a],
    [ZKEY_SECTION.b1, key.b1],
    [ZKEY_SECTION.b2, key.b2],
    [ZKEY_SECTION.c, key.c],
    [ZKEY_SECTION.h, key.h],
    // No phase 1, hence no circuit hash, and no contribution: snarkjs refuses to verify it as a ceremony.
    [ZKEY_SECTION.contributions, new Uint8Array(CIRCUIT_HASH_BYTES + 4)],
  ];
}
