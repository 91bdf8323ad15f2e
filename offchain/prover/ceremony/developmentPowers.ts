import { open, rename, rm } from "node:fs/promises";
import { BASE_FIELD } from "@vouch/protocol";
import { ProverError } from "../errors.ts";
import { checkAborted } from "../progress.ts";
import type { StepOptions } from "../progress.ts";
import { loadCurveCode } from "../setup/curveCode.ts";
import { multiplyGenerators } from "../setup/fixedBase.ts";
import { scalarField } from "../setup/scalarField.ts";
import { instantiateCurve, SCALAR_BYTES } from "../setup/wasmCurve.ts";
import type { CurveCode } from "../setup/wasmCurve.ts";
import { littleEndian } from "./curvePoints.ts";

export type DevelopmentPowersOptions = StepOptions & { readonly threads?: number };

/** What the 4 GiB of a WebAssembly memory hold. */
const MAX_POWER = 20;

type PowerScalars = Readonly<
  Record<
    "tau" | "alpha" | "beta" | "lagrange" | "small" | "alphaLagrange" | "betaLagrange",
    Uint8Array<ArrayBuffer>
  >
>;

/**
 * Writes prepared powers of tau for circuits of at most 2^power rows in one step and by one party, which draws the secrets and
 * forgets them. It takes the place of phase 1 where a ceremony is rehearsed or tested, and proves nothing against whoever ran
 * it. The file holds what phase 2 reads; it has no contributions, and `snarkjs powersoftau verify` refuses it.
 *
 * @throws {ProverError} `CIRCUIT_TOO_LARGE`, `SETUP_FAILED`, `ABORTED`.
 */
export async function developmentPowers(
  power: number,
  path: string,
  { onProgress, signal, threads }: DevelopmentPowersOptions = {},
): Promise<void> {
  checkAborted(signal);
  if (power > MAX_POWER) {
    throw new ProverError({ code: "CIRCUIT_TOO_LARGE", rows: 2 ** power, limit: 2 ** MAX_POWER });
  }
  const step = `development powers of tau: 2^${power}`;
  onProgress?.(step, 0);
  const curve = await loadCurveCode();
  const scalars = evaluatePowers(curve, power);
  const { tau, alpha, beta, lagrange, small, alphaLagrange, betaLagrange } = scalars;
  const points = await multiplyGenerators(
    curve,
    {
      tau: { group: "g1m", scalars: tau },
      alpha: { group: "g1m", scalars: alpha },
      beta: { group: "g1m", scalars: beta },
      beta2: { group: "g2m", scalars: beta },
      lagrange: { group: "g1m", scalars: lagrange },
      lagrange2: { group: "g2m", scalars: small },
      alphaLagrange: { group: "g1m", scalars: alphaLagrange },
      betaLagrange: { group: "g1m", scalars: betaLagrange },
    },
    {
      ...(threads === undefined ? {} : { threads }),
      ...(signal === undefined ? {} : { signal }),
      onFraction: (fraction) => onProgress?.(step, fraction),
    },
  ).finally(() => {
    for (const it of Object.values(scalars)) it.fill(0);
  });
  await writeSections(path, [
    [1, encodeHeader(power)],
    [2, points.tau],
    [3, curve.generators.g2m],
    [4, points.alpha],
    [5, points.beta],
    [6, points.beta2],
    [7, new Uint8Array(4)], // no contributions
    [12, points.lagrange],
    [13, points.lagrange2],
    [14, points.alphaLagrange],
    [15, points.betaLagrange],
  ]);
}

/** The scalars of each section, plain: powers of tau, and the Lagrange bases of all domains at tau, the smallest first. */
function evaluatePowers(curve: CurveCode, power: number): PowerScalars {
  const wasm = instantiateCurve(curve);
  const field = scalarField(wasm);
  try {
    const [tau, alpha, beta, one] = [
      field.alloc(1),
      field.alloc(1),
      field.alloc(1),
      field.alloc(1),
    ];
    wasm.call("frm_one")(one);
    for (const it of [tau, alpha, beta]) field.draw(it);

    const powers = field.alloc(2 ** (power + 1) - 1);
    wasm.bytes().copyWithin(powers, one, one + SCALAR_BYTES);
    for (let i = 1; i < 2 ** (power + 1) - 1; i++) {
      field.mul(powers + (i - 1) * SCALAR_BYTES, tau, powers + i * SCALAR_BYTES);
    }
    const count = 2 ** (power + 2) - 1;
    const bases = field.alloc(count);
    for (let k = 0; k <= power + 1; k++) {
      const root = curve.roots[k];
      const at = bases + (2 ** k - 1) * SCALAR_BYTES;
      // With probability below 2^-230 tau lies in a domain: a new one is drawn then, by whoever calls again.
      if (root === undefined || !field.lagrange(tau, root, k, at, { first: 0, step: 1 })) {
        throw new ProverError({ code: "SETUP_FAILED", reason: "tau lies in a domain" });
      }
    }
    const smallCount = 2 ** (power + 1) - 1;
    const times = (factor: number): Uint8Array<ArrayBuffer> => {
      const products = field.alloc(smallCount);
      for (let i = 0; i < smallCount; i++) {
        const at = products + i * SCALAR_BYTES;
        field.mul(bases + i * SCALAR_BYTES, factor, at);
        field.fromMontgomery(at, at);
      }
      return field.read(products, smallCount);
    };
    const [alphaLagrange, betaLagrange] = [times(alpha), times(beta)];
    const plain = (at: number, length: number): Uint8Array<ArrayBuffer> => {
      for (let i = 0; i < length; i++) {
        field.fromMontgomery(at + i * SCALAR_BYTES, at + i * SCALAR_BYTES);
      }
      return field.read(at, length);
    };
    const lagrange = plain(bases, count);
    return {
      tau: plain(powers, 2 ** (power + 1) - 1),
      alpha: plain(alpha, 1),
      beta: plain(beta, 1),
      lagrange,
      small: lagrange.slice(0, smallCount * SCALAR_BYTES),
      alphaLagrange,
      betaLagrange,
    };
  } finally {
    wasm.bytes().fill(0);
  }
}

function encodeHeader(power: number): Uint8Array {
  const header = Buffer.alloc(44);
  header.writeUInt32LE(32, 0);
  header.set(littleEndian(BASE_FIELD), 4);
  header.writeUInt32LE(power, 36);
  header.writeUInt32LE(power, 40);
  return header;
}

async function writeSections(
  path: string,
  sections: readonly (readonly [id: number, content: Uint8Array])[],
): Promise<void> {
  const draft = `${path}.${process.pid}.part`;
  const file = await open(draft, "w");
  try {
    const start = Buffer.alloc(12, "ptau", "ascii");
    start.writeUInt32LE(1, 4);
    start.writeUInt32LE(sections.length, 8);
    await file.writeFile(start);
    for (const [id, content] of sections) {
      const head = Buffer.alloc(12);
      head.writeUInt32LE(id, 0);
      head.writeBigUInt64LE(BigInt(content.length), 4);
      await file.writeFile(head);
      await file.writeFile(content);
    }
    await file.sync();
    await file.close();
    await rename(draft, path);
  } catch (error) {
    await file.close();
    await rm(draft, { force: true });
    throw error;
  }
}
