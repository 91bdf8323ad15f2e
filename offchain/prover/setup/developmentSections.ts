import { COMMITTED_SECTION, groupsSection, protocolSection } from "../committed/keyFile.ts";
import { readR1csHeader } from "../r1csHeader.ts";
import { ZKEY_PROTOCOL, ZKEY_SECTION } from "../zkeyFile.ts";
import { commonSections, drawKey } from "./drawKey.ts";
import type { DrawOptions } from "./drawKey.ts";
import { NO_COMMITTED_WIRES } from "./evaluateQap.ts";
import type { DevelopmentCircuit } from "./writeDevelopmentKey.ts";

/**
 * Returns the sections of a circuit's key of given secrets, made in TypeScript: a plain one, or one of commit-and-prove.
 *
 * @param secrets of `drawSecrets`
 * @throws {ProverError} `R1CS_INVALID`, `CIRCUIT_TOO_LARGE`, `SETUP_FAILED` where tau is in the domain, `ABORTED`.
 */
export async function developmentSections(
  { r1cs, committed }: DevelopmentCircuit,
  secrets: Uint8Array,
  options: DrawOptions,
): Promise<readonly (readonly [id: number, content: Uint8Array])[]> {
  const header = readR1csHeader(r1cs);
  const points = await drawKey(r1cs, header, committed ?? NO_COMMITTED_WIRES, secrets, options);
  const common = await commonSections(r1cs, header, points);
  if (committed === undefined) {
    const protocol = new Uint8Array(new Uint32Array([ZKEY_PROTOCOL.groth16]).buffer);
    return [[ZKEY_SECTION.protocol, protocol], ...common];
  }
  const { count, advice } = committed;
  return [
    [ZKEY_SECTION.protocol, protocolSection()],
    ...common,
    [COMMITTED_SECTION.groups, groupsSection(header.publicSignals, { weights: count - advice, advice })], // prettier-ignore
    [COMMITTED_SECTION.bases, points.bases],
    [COMMITTED_SECTION.knowledge, points.knowledge],
    [COMMITTED_SECTION.sigma, points.sigma2],
  ];
}
