import type { Clause, Requirement } from "@vouch/protocol";
import { readTee, SETUP_TRUST } from "@vouch/protocol";
import type { TrustFacts } from "./facts.ts";
import { isContradictable } from "./facts.ts";
import type { Beliefs } from "./need.ts";
import { isSetupBelieved } from "./judgePolicy.ts";

/** Returns whom one trusts who takes a clause for enough, in words for somebody who knows nothing of it. */
export function describeTrust(clause: Clause, facts: TrustFacts, believes: Beliefs): string {
  return clause.anyOf.map((it) => trustOf(it, facts, believes)).join(" Or instead: ");
}

function trustOf(requirement: Requirement, facts: TrustFacts, believes: Beliefs): string {
  const { kind, params, pin } = requirement;
  const byte = (shift: bigint): bigint => (params >> shift) & 0xffn;
  switch (kind) {
    case "signature":
      return isContradictable(facts)
        ? "One operator, which loses what it exposed if somebody who can run the model shows within days, by a proof, that the answer is wrong. The answer itself stands."
        : "One operator. That it signed two answers can be shown, that it signed a wrong one cannot: it has a name to lose and no stake.";
    case "zk":
      return `Mathematics, that the answer is the model's. ${setUpOf(params, pin, facts, believes)}`;
    case "quorum":
      return `That fewer than ${byte(0n)} of ${byte(8n)} operators, drawn by lot, are one party or agree to lie. They lose nothing by lying together.`;
    case "optimistic": {
      const n = byte(56n);
      const watch = `That one honest party runs the model again within ${params & 0xff_ffff_ffffn} seconds and challenges a wrong answer, which costs its operator what it exposed.`;
      return n > 0n
        ? `${watch} A challenge is decided by ${byte(48n)} of ${n} operators, who lose nothing by lying together.`
        : `${watch} A challenge is decided by a proof. ${setUpOf(byte(40n), pin, facts, believes)}`;
    }
    case "tee":
      return enclaveOf(params);
  }
}

function setUpOf(trust: bigint, pin: string, { circuit }: TrustFacts, believes: Beliefs): string {
  if (SETUP_TRUST[Number(trust)] === "external")
    return "And the contract of another protocol that verifies it, with whoever may change that.";
  if (circuit === null) return "And a circuit, which this release does not have.";
  if (circuit.setup === "development")
    return "And whoever made the DEVELOPMENT SET-UP: it can forge proofs of any answer.";
  if (SETUP_TRUST[Number(trust)] === "attested")
    return `And 0x${pin.slice(-40)}, that the circuit's set-up was checked and one of its makers was honest.`;
  return isSetupBelieved(circuit, believes)
    ? "And that one of the makers of the circuit's set-up was honest, as you have checked or believe who has."
    : "And whoever made the circuit's set-up, which nobody has checked whom you believe.";
}

function enclaveOf(params: bigint): string {
  const demands = readTee({ params });
  if (demands === undefined) return "Nobody: no enclave ever meets it.";
  if (demands.simulated) return "Everybody: a SIMULATED ENCLAVE is accepted, which proves nothing.";
  const vendor =
    "The vendor of the processor, that nobody who holds the machine breaks it, and the publisher, that the image runs this model.";
  return demands.vouched
    ? `${vendor} And the registrars where the enclave is VOUCHED: no contract verified it.`
    : vendor;
}
