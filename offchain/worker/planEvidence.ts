import type {
  CircuitId,
  Hex,
  Policy,
  ReleaseCircuit,
  Requirement,
  TcbStatus,
} from "@vouch/protocol";
import { readTee, SETUP_TRUST, TCB_STATUSES } from "@vouch/protocol";
import { WorkerError } from "./errors.ts";

/** Evidence that this worker produces, the cheapest first. */
export const PRODUCIBLE = ["signature", "tee", "zk"] as const;

/** One of them. */
export type Producible = (typeof PRODUCIBLE)[number];

/** The sets of kinds in the order of their costs, each kind dearer than all before it together: the last one meets any clause. */
const PLANS: readonly ReadonlySet<Producible>[] = Array.from(
  { length: 1 << PRODUCIBLE.length },
  (_, bits) => new Set(PRODUCIBLE.filter((_kind, index) => (bits >> index) & 1)),
);

/** What is known of the circuit that would prove a request. */
export type CircuitFacts = {
  readonly id: CircuitId;
  readonly circuit: Pick<ReleaseCircuit, "setup">;
  readonly isAttestedBy: (verifier: Hex) => Promise<boolean>;
};

/** What the router would find of the enclave that would sign for a release. */
export type EnclaveFacts = {
  readonly measurement: Hex;
  readonly status: TcbStatus;
  readonly simulated: boolean;
  /** Whether registrars vouch for it and no contract verified it. */
  readonly vouched: boolean;
  /** Of three advisories of 16 bits, whether none applies. */
  readonly isExempt: (advisories: bigint) => Promise<boolean>;
};

/** An enclave that may sign for a release, or why none may. */
export type EnclaveStanding = EnclaveFacts | { readonly reason: string };

/** What evidence would rest on; the enclave is looked at only where a clause names one. */
export type EvidenceFacts = {
  /** `null` where the release has none. */
  readonly circuit: CircuitFacts | null;
  readonly enclave: () => Promise<EnclaveStanding>;
};

/**
 * Returns the least evidence that meets every clause, the cheaper alternative first.
 *
 * @throws {WorkerError} `POLICY_NOT_SERVABLE`, naming the clause (the release's floor comes first).
 */
export async function planEvidence(
  policy: Policy,
  facts: EvidenceFacts,
): Promise<ReadonlySet<Producible>> {
  const clauses: ReadonlySet<Producible>[] = [];
  for (const [clause, { anyOf }] of policy.allOf.entries()) {
    const servable = new Set<Producible>();
    const refusals: string[] = [];
    for (const requirement of anyOf) {
      const refusal = await evidenceRefusal(requirement, facts);
      if (refusal !== undefined) refusals.push(refusal);
      else if (isProducible(requirement.kind)) servable.add(requirement.kind);
    }
    if (servable.size === 0) {
      throw new WorkerError({ code: "POLICY_NOT_SERVABLE", clause, reason: refusals.join("; ") });
    }
    clauses.push(servable);
  }
  const meetsAll = (plan: ReadonlySet<Producible>): boolean =>
    clauses.every((servable) => [...servable].some((kind) => plan.has(kind)));
  return PLANS.find(meetsAll) ?? new Set(PRODUCIBLE);
}

function isProducible(kind: Requirement["kind"]): kind is Producible {
  return PRODUCIBLE.some((it) => it === kind);
}

/**
 * Why this worker cannot meet a requirement, or undefined where it can. As strict as `EvidenceRouter`: what it takes for
 * met and the router does not, costs the operator the stake of a request that it locked.
 */
export async function evidenceRefusal(
  requirement: Requirement,
  { circuit, enclave }: EvidenceFacts,
): Promise<string | undefined> {
  const { kind, params, pin } = requirement;
  switch (kind) {
    case "signature":
      return params === 0n && BigInt(pin) === 0n ? undefined : "a signature takes no parameters";
    case "tee":
      return enclaveRefusal(requirement, await enclave());
    case "zk":
      return proofRefusal(requirement, circuit);
    default:
      return `it produces no ${kind} evidence`;
  }
}

async function enclaveRefusal(
  requirement: Requirement,
  enclave: EnclaveStanding,
): Promise<string | undefined> {
  const demands = readTee(requirement);
  if (demands === undefined) return `tee parameter ${requirement.params} is unknown`;
  if ("reason" in enclave) return enclave.reason;
  const { measurement, status, simulated, vouched, isExempt } = enclave;
  if (rankOf(status) < rankOf(demands.minTcb))
    return `the enclave's platform is ${status}, not ${demands.minTcb} or better`;
  if (simulated && !demands.simulated) return "the enclave is SIMULATED, which proves nothing";
  if (vouched && !demands.vouched)
    return "registrars vouch for the enclave, and no contract verified it";
  if (BigInt(requirement.pin) !== 0n && requirement.pin.toLowerCase() !== measurement)
    return `the enclave's measurement is ${measurement}, not ${requirement.pin}`;
  if (demands.advisories !== 0n && !(await isExempt(demands.advisories)))
    return "an advisory that is refused applies to the enclave's platform";
  return undefined;
}

async function proofRefusal(
  { params, pin }: Requirement,
  facts: CircuitFacts | null,
): Promise<string | undefined> {
  if (facts === null) return "the release has no circuit";
  const { id, circuit, isAttestedBy } = facts;
  const trust = SETUP_TRUST[Number(params)];
  switch (trust) {
    case "any":
      return BigInt(pin) === 0n || pin === id ? undefined : `the circuit is ${id}, not ${pin}`;
    case "pinned":
      if (pin !== id) return `the circuit is ${id}, not ${pin}`;
      return circuit.setup === "development"
        ? "the circuit's set-up is a development one"
        : undefined;
    case "attested": {
      if (BigInt(pin) >> 160n !== 0n) return `${pin} is no verifier's address`;
      const verifier: Hex = `0x${pin.slice(26)}`;
      return (await isAttestedBy(verifier))
        ? undefined
        : `${verifier} has not attested the circuit's set-up`;
    }
    case "external":
      return "it proves by circuits, not by an external program";
    case undefined:
      return `zk parameter ${params} is unknown`;
  }
}

function rankOf(status: TcbStatus): number {
  return TCB_STATUSES.indexOf(status);
}
