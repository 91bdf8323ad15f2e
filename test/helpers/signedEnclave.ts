import type { Hex } from "@vouch/protocol";
import { anchorLeaf } from "@vouch/protocol";
import { ZeroHash, concat, id as hashOf, keccak256 } from "ethers";
import type { EnclaveScenario } from "./enclaveScenario.ts";
import { STATUS, TEE, deployEnclaves } from "./enclaveScenario.ts";
import type { Claim, Policy, Receipt, Requirement } from "./vouchScenario.ts";
import { GOOD, INPUT, digestOf } from "./vouchScenario.ts";

const OR_SIMULATED = 1n << 8n;
/** Seconds for which evidence still counts that a publisher voids, or a worse verdict. */
export const NOTICE = 3600;

/** Of status `least` at least, and simulated as everything here is. */
export const tee = (
  least: bigint = STATUS.upToDate,
  pin: string = ZeroHash,
  refused = 0n,
): Requirement => ({
  kind: TEE,
  params: least | OR_SIMULATED | (refused << 16n),
  pin,
});

export type Signed = EnclaveScenario & {
  readonly id: string;
  readonly measurement: string;
  readonly claimed: Claim;
  readonly receipt: Receipt;
  /** What is required of the receipt, and met or not. */
  readonly require: (policy: Policy, receipt?: Receipt) => Promise<unknown>;
};

/** A key whose measurement may serve the release, and a receipt that it signed. */
export async function deploySigned(): Promise<Signed> {
  const scenario = await deployEnclaves();
  const { enclaves, publisher, operator, releaseId, router, attest, enrol, evidence } = scenario;
  const { id, measurement } = await enrol(await attest());
  await enclaves.connect(publisher).approve(releaseId, measurement, 0);
  const claimed: Claim = {
    release: releaseId,
    request: hashOf("request"),
    operator: operator.address,
    input: INPUT,
    output: GOOD,
  };
  const receipt = { ...claimed, evidence: [evidence(claimed, measurement)] };
  return {
    ...scenario,
    id,
    measurement,
    claimed,
    receipt,
    require: (policy, it = receipt) => router.requireReceipt(it, policy),
  };
}
/** Anchors the receipt's signature beside another leaf, and returns the receipt with its path. */
export async function anchored(it: Signed): Promise<Receipt> {
  const leaf = leafOf(digestOf(it.domain, it.claimed), it.receipt.evidence[0]?.data);
  const sibling = hashOf("sibling");
  const [low, high] = BigInt(leaf) < BigInt(sibling) ? [leaf, sibling] : [sibling, leaf];
  await it.enclaves.anchor(keccak256(concat([low, high])));
  return { ...it.claimed, evidence: [it.evidence(it.claimed, it.measurement, [sibling])] };
}

/** Leaf of the signature in front of evidence. */
export const leafOf = (digest: string, data = "0x"): string =>
  anchorLeaf(digest as Hex, data.slice(0, 132) as Hex);
