import type { CircuitId, Hex, Policy, ReleaseCircuit, Requirement } from "@vouch/protocol";
import { SETUP_TRUST } from "@vouch/protocol";
import { WorkerError } from "./errors.ts";

/** Evidence that this worker produces. */
export type Producible = "signature" | "zk";

/** What is known of the circuit that would prove a request. */
export type CircuitFacts = {
  readonly id: CircuitId;
  readonly circuit: Pick<ReleaseCircuit, "setup">;
  readonly isAttestedBy: (verifier: Hex) => Promise<boolean>;
};

/**
 * Returns the least evidence that meets every clause, the cheaper alternative first.
 *
 * @throws {WorkerError} `POLICY_NOT_SERVABLE`, naming the clause (the release's floor comes first).
 */
export async function planEvidence(
  policy: Policy,
  facts: CircuitFacts,
): Promise<ReadonlySet<Producible>> {
  const clauses: ReadonlySet<Producible>[] = [];
  for (const [clause, { anyOf }] of policy.allOf.entries()) {
    const servable = new Set<Producible>();
    const refusals: string[] = [];
    for (const requirement of anyOf) {
      const refusal = await refusalOf(requirement, facts);
      if (refusal !== undefined) refusals.push(refusal);
      else if (requirement.kind === "signature" || requirement.kind === "zk")
        servable.add(requirement.kind);
    }
    if (servable.size === 0) {
      throw new WorkerError({ code: "POLICY_NOT_SERVABLE", clause, reason: refusals.join("; ") });
    }
    clauses.push(servable);
  }
  // What some clause leaves no choice about comes first: it may meet the other clauses too.
  const plan = new Set(clauses.filter(({ size }) => size === 1).flatMap((it) => [...it]));
  const isMet = (servable: ReadonlySet<Producible>) => [...servable].some((kind) => plan.has(kind));
  if (!clauses.every(isMet)) plan.add("signature");
  return plan;
}

/**
 * Why this worker cannot meet a requirement, or undefined where it can. As strict as `EvidenceRouter`: what it takes for
 * met and the router does not, costs the operator the stake of a request that it locked.
 */
async function refusalOf(
  { kind, params, pin }: Requirement,
  { id, circuit, isAttestedBy }: CircuitFacts,
): Promise<string | undefined> {
  if (kind === "signature") {
    const plain = params === 0n && BigInt(pin) === 0n;
    return plain ? undefined : "a signature takes no parameters";
  }
  if (kind !== "zk") return `it produces no ${kind} evidence`;
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
