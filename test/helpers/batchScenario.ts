import { id } from "ethers";
import type { TransactionReceipt, TransactionRequest } from "ethers";
import type { Connection } from "./deployVouch.ts";
import type { TrapdoorKey } from "./trapdoorKey.ts";
import { trapdoorKey } from "./trapdoorKey.ts";
import type { Claim, Receipt, Scenario } from "./vouchScenario.ts";
import {
  CIRCUIT,
  GOOD,
  INPUT,
  TRAPDOOR,
  digestOf,
  release,
  signalsOf,
  zkEvidence,
} from "./vouchScenario.ts";

/** A release whose proofs the trapdoor makes. */
export type ProvenRelease = { readonly releaseId: string; readonly key: TrapdoorKey };

type Deployed = Pick<Scenario, "circuits" | "models" | "publisher">;

/** The scenario's own release. */
export const ownRelease = ({ releaseId }: Pick<Scenario, "releaseId">): ProvenRelease => ({
  releaseId,
  key: TRAPDOOR,
});

/** Publishes a release of another circuit, which the label derives. */
export async function publishProven(
  { circuits, models, publisher }: Deployed,
  label: string,
  change: Partial<typeof CIRCUIT> = {},
): Promise<ProvenRelease> {
  const key = trapdoorKey(label);
  const circuit = { ...CIRCUIT, ...change, r1cs: id(label), key: key.key };
  const circuitId = await circuits.register.staticCall(circuit);
  await circuits.register(circuit);
  const fresh = release({ publisher: publisher.address, circuit: circuitId, version: label });
  const releaseId = await models.publish.staticCall(fresh, "");
  await models.publish(fresh, "");
  return { releaseId, key };
}

/** The claim of request `index`, and no other's. */
export function claimAt(
  { operator }: Pick<Scenario, "operator">,
  { releaseId }: Pick<ProvenRelease, "releaseId">,
  index: number,
): Claim {
  return {
    ...{ release: releaseId, request: id(`request ${String(index)}`) },
    ...{ operator: operator.address, input: INPUT, output: GOOD },
  };
}

/** A commitment as long as real ones are. */
export const commitmentAt = (index: number): bigint =>
  BigInt(id(`commitment ${String(index)}`)) >> 3n;

/** A receipt of one proof, of request `index`; a commitment is as long as real ones are. */
export function provenReceipt(
  scenario: Pick<Scenario, "operator" | "domain">,
  of: ProvenRelease,
  index: number,
): Receipt {
  const claim = claimAt(scenario, of, index);
  const commitment = commitmentAt(index);
  const signals = signalsOf(digestOf(scenario.domain, claim), claim, { commitment });
  return { ...claim, evidence: [zkEvidence(commitment, of.key.prove(signals, String(index)))] };
}

/** Sends a call as a transaction, so that its gas is what a transaction takes. */
export async function receiptOfCall(
  { ethers }: Pick<Connection, "ethers">,
  call: TransactionRequest,
): Promise<TransactionReceipt> {
  const [sender] = await ethers.getSigners();
  const sent = await sender!.sendTransaction({ ...call, gasLimit: 16_000_000n });
  return (await sent.wait())!;
}

/** The gas of a transaction, its 21,000 and calldata included. */
export async function gasUsedBy(
  chain: Pick<Connection, "ethers">,
  call: TransactionRequest,
): Promise<number> {
  return Number((await receiptOfCall(chain, call)).gasUsed);
}
