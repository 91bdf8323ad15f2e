import type { Policy, Requirement } from "@vouch/protocol";
import { requireSignature } from "@vouch/protocol";
import { WorkerError } from "./errors.ts";
import type { EvidenceFacts, Producible } from "./planEvidence.ts";
import { planEvidence } from "./planEvidence.ts";

const { pin: NO_PIN } = requireSignature();

/** What the evidence of a receipt would rest on. */
export type ReceiptFacts = EvidenceFacts & {
  /** Wei behind the operator's signatures; looked at only where a policy names stake. */
  readonly bond: () => Promise<bigint>;
};

/**
 * Returns the evidence of an answer that nobody can challenge any more, for it is given at once: the least that meets the policy,
 * and the operator's signature in any case. Nothing else puts stake at risk, and what is signed is on record.
 *
 * @throws {WorkerError} `POLICY_NOT_SERVABLE`, naming the clause, or the stake.
 */
export async function planReceipt(
  policy: Policy,
  facts: ReceiptFacts,
): Promise<ReadonlySet<Producible>> {
  if (meetsBySignature(policy)) return SIGNATURE_ALONE; // most ask for no more
  const evidence = await planEvidence(policy, facts);
  if (policy.minStake > 0n) await requireBond(policy.minStake, facts);
  return new Set([...evidence, "signature"]);
}

const SIGNATURE_ALONE: ReadonlySet<Producible> = new Set(["signature"]);

/** Whether a plan has nothing but the operator's signature. */
export function isSignatureAlone(plan: ReadonlySet<Producible>): boolean {
  return plan.size === 1 && plan.has("signature");
}

/** Whether an operator's signature is the least that meets a policy, whatever else would. */
function meetsBySignature({ allOf, minStake }: Policy): boolean {
  const isSignature = ({ kind, params, pin }: Requirement): boolean =>
    kind === "signature" && params === 0n && pin === NO_PIN;
  return minStake === 0n && allOf.every(({ anyOf }) => anyOf.some(isSignature));
}

async function requireBond(demanded: bigint, { bond }: ReceiptFacts): Promise<void> {
  const posted = await bond();
  if (posted >= demanded) return;
  const reason = `the operator's bond is ${posted} wei, and ${demanded} are demanded`;
  throw new WorkerError({ code: "POLICY_NOT_SERVABLE", clause: "minStake", reason });
}
