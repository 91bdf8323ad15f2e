import type { Quote } from "@vouch/attestation";
import { quoteStruct } from "@vouch/attestation";
import type { Contracts, EnclaveVendor, Hex, ReleaseId, TcbStatus } from "@vouch/protocol";
import { enumName, findContractError, TCB_STATUSES } from "@vouch/protocol";
import { dataSlice, dataLength } from "ethers";
import { messageOf } from "./messageOf.ts";
import type { EnclaveStanding } from "./planEvidence.ts";

/** Kinds of enclaves in the order of `TeeType` on-chain. */
const TEE_TYPES = ["SGX", "TDX", "Nitro"] as const;

/** A key as the registry knows it, and the quote that it was registered by. */
export type KeptEnclave = {
  readonly enclaves: Contracts["enclaves"];
  readonly registrars: Contracts["registrars"];
  readonly verifier: EnclaveVendor["verifier"];
  readonly id: Hex;
  readonly measurement: Hex;
  /** Undefined where registrars vouch for the key: no collateral judges it. */
  readonly quote: Quote | undefined;
};

/** How an enclave stands by the collateral that a chain has now; times in seconds. */
type Judgement = {
  readonly status: TcbStatus;
  readonly validTo: bigint;
  /** Numbers of `INTEL-SA-`. */
  readonly advisories: readonly bigint[];
};

/**
 * Returns what the router finds of an enclave's key for a release at `now`. With a deadline, what it would find of it until then
 * at worst: anyone may have the key judged again in between, so the row and the collateral of now both have to be good enough.
 */
export async function standingOf(
  { enclaves, registrars, verifier, id, measurement, quote }: KeptEnclave,
  release: ReleaseId,
  now: number,
  deadline?: number,
): Promise<EnclaveStanding> {
  const row = await enclaves.enclaveOf(id);
  if (row.validFrom === 0n) return { reason: "the enclave's key is not registered" };
  if (row.compromisedSince > 0n) return { reason: "the enclave's key counts as compromised" };
  if (row.retired) return { reason: "the enclave's key is retired" };
  const vouched = enumName(TEE_TYPES, row.tee) === "Nitro";
  if (vouched && (await registrars.isDisputed(id)))
    return { reason: "the enclave's key is disputed, and its registrars have not upheld it" };
  if (!(await enclaves.isApproved(release, measurement, row.isvSvn, now)))
    return { reason: `the publisher lets no enclave of measurement ${measurement} serve it` };
  const known = {
    status: enumName(TCB_STATUSES, row.status),
    validTo: row.validTo,
    advisories: [],
  };
  const isJudged = deadline !== undefined && quote !== undefined;
  const judged = isJudged ? await judge(verifier, quote) : known;
  if ("reason" in judged) return judged;
  const validTo = known.validTo < judged.validTo ? known.validTo : judged.validTo;
  if (validTo < (deadline ?? now)) {
    const lapses = new Date(Number(validTo) * 1000).toISOString();
    return { reason: `the enclave's key lapses ${lapses}, before the request's deadline` };
  }
  return {
    measurement,
    status: worse(known.status, judged.status),
    simulated: row.simulated,
    vouched,
    isExempt: async (refused) =>
      !judged.advisories.some((it) => names(refused).includes(it)) &&
      (await enclaves.isExempt(id, refused)),
  };
}

/** The verdict on the quote by the chain's collateral, which a renewal would write into the key's row. */
async function judge(
  verifier: EnclaveVendor["verifier"],
  quote: Quote,
): Promise<Judgement | { readonly reason: string }> {
  try {
    const [{ status, validTo, advisories }] = await verifier.assess(quoteStruct(quote));
    return { status: enumName(TCB_STATUSES, status), validTo, advisories: pairs(advisories) };
  } catch (error) {
    if (findContractError(error) === undefined) throw error;
    return { reason: `the vendor's collateral of now refuses the enclave: ${messageOf(error)}` };
  }
}

function worse(a: TcbStatus, b: TcbStatus): TcbStatus {
  return TCB_STATUSES.indexOf(a) < TCB_STATUSES.indexOf(b) ? a : b;
}

/** Three of 16 bits, as a policy has them. */
function names(refused: bigint): readonly bigint[] {
  return [0n, 16n, 32n].map((shift) => (refused >> shift) & 0xffffn).filter((it) => it > 0n);
}

/** Two bytes each, as contracts have them. */
function pairs(data: string): readonly bigint[] {
  return Array.from({ length: dataLength(data) / 2 }, (_, index) =>
    BigInt(dataSlice(data, 2 * index, 2 * index + 2)),
  );
}
