/** Test only: circuits on a local chain, and proofs of statements about them, drawn from a seed. */
import { circuitId, committedCircuitId, encodeCircuit, encodeCommittedCircuit, encodeWeightsRegistration, NO_WEIGHTS } from "@vouch/protocol"; // prettier-ignore
import type { CircuitId, CommittedCircuit, CommittedKey, Hex, VerifyingKey } from "@vouch/protocol";
import {
  buildCircuit,
  calculateWitness,
  committedDevelopmentSetup,
  developmentLink,
  developmentSetup,
  drawBlind,
  proveCommitted,
  proveWeights,
  proveWitness,
} from "@vouch/prover";
import type { CircuitArtefacts, CommittedProver, CommittedSetup, Prover } from "@vouch/prover";
import { id } from "ethers";
import { count, SALT, WEIGHTS_CIRCUIT, WEIGHTS_GROUPS, weightsCommitment } from "../../offchain/prover/committedCircuits.ts"; // prettier-ignore
import { publishUnregistered } from "../committedScenario.ts";
import type { ProvenItem } from "../proofMutations.ts";
import type { Claim, Scenario } from "../vouchScenario.ts";
import { digestOf, signalsOf } from "../vouchScenario.ts";
import type { Opening, RandomStatement } from "./randomStatement.ts";
import { randomStatement } from "./randomStatement.ts";

/** A registered circuit with a release, and honest proofs under its key. */
export type CrossCircuit = {
  /** That it was drawn from. */
  readonly seed: number;
  /** W, or null where the circuit has no slot for it. */
  readonly weights: bigint | null;
  readonly items: readonly ProvenItem[];
} & (
  | { readonly system: "groth16"; readonly key: VerifyingKey }
  | {
      readonly system: "committedGroth16";
      readonly key: CommittedKey;
      /** D_W as it is registered, or `NO_WEIGHTS`. */
      readonly point: readonly bigint[];
    }
);

/** Where circuits are registered, what is drawn, and who proves in turn. */
export type CrossPlan<P> = {
  readonly scenario: Scenario;
  readonly cache: string;
  readonly seed: number;
  readonly proofs: number;
  readonly provers: readonly [P, ...P[]];
};

/** Draws a plain circuit, sets it up, publishes it and proves so many statements. None is checked here. */
export async function plainCircuit(plan: CrossPlan<Prover>): Promise<CrossCircuit> {
  const { scenario, cache, seed } = plan;
  const statement = randomStatement(seed);
  const artefacts = await buildCircuit(statement.plain, { cache });
  const setup = await developmentSetup(artefacts, { cache });
  const { key } = setup;
  const circuit = { system: "groth16", ...recordOf(statement, artefacts), key } as const;
  await scenario.circuits.register(encodeCircuit(circuit));
  const weights = commitmentTo(statement);
  const release = await publish(scenario, circuitId(circuit), seed, weights);
  const items = await proveAll(plan, statement, release, async (opening, claim, prover) => {
    const digest = digestOf(scenario.domain, claim);
    const { commitment } = opening;
    const [, z, e] = signalsOf(digest, claim, { weights, commitment });
    const witness = await calculateWitness(artefacts.wasm, {
      ...{ z, e, x: opening.x, s: opening.s },
      ...(weights === null ? {} : { w: statement.weights, salt: SALT }),
    });
    const { proof } = await proveWitness(setup, witness, { prover, selfCheck: false });
    return { commitment, proof, key };
  });
  return { system: "groth16", seed, weights, key, items };
}

/** Likewise a circuit of commit-and-prove, whose weights it registers. */
export async function committedCircuit(plan: CrossPlan<CommittedProver>): Promise<CrossCircuit> {
  const { scenario, cache, seed } = plan;
  const statement = randomStatement(seed);
  const artefacts = await buildCircuit(statement.committed, { cache });
  const inference = await committedDevelopmentSetup(artefacts, statement.groups, { cache });
  const { key } = inference;
  const weights = commitmentTo(statement);
  const registered =
    weights === null
      ? await registerConstant(scenario, statement, artefacts, inference)
      : await registerWeighted(plan, statement, artefacts, inference);
  const { point, blind } = registered;
  const release = await publish(scenario, registered.id, seed, weights);
  const items = await proveAll(plan, statement, release, async (opening, claim, prover) => {
    const { x, s, y, input, output } = opening;
    const digest = digestOf(scenario.domain, claim) as Hex;
    const adviceBlind = drawBlind();
    const work = {
      claim: { weights: point, digest, v: [...input, ...output] },
      advice: [...x, ...s, ...y, adviceBlind],
      witnessOf: (signals: Readonly<Record<"z" | "b" | "e", bigint>>) =>
        calculateWitness(artefacts.wasm, {
          ...{ x, s, y, adviceBlind, ...signals },
          ...(weights === null ? {} : { w: statement.weights, weightsBlind: blind }),
        }),
    };
    const { proof } = await proveCommitted(inference, work, { prover, selfCheck: false });
    return { commitment: 0n, proof, key };
  });
  return { system: "committedGroth16", seed, weights, key, point, items };
}

type Registered = {
  readonly id: CircuitId;
  readonly point: readonly bigint[];
  /** Of the weights; 0 without any. */
  readonly blind: bigint;
};

async function registerConstant(
  { circuits }: Scenario,
  statement: RandomStatement,
  artefacts: CircuitArtefacts,
  { key }: CommittedSetup,
): Promise<Registered> {
  const circuit: CommittedCircuit = {
    ...{ system: "committedGroth16", ...recordOf(statement, artefacts), key, weightsCircuit: null },
  };
  await circuits.registerCommitted(encodeCommittedCircuit(circuit));
  return { id: committedCircuitId(circuit), point: NO_WEIGHTS, blind: 0n };
}

async function registerWeighted(
  { scenario, cache }: Pick<CrossPlan<CommittedProver>, "scenario" | "cache">,
  statement: RandomStatement,
  artefacts: CircuitArtefacts,
  inference: CommittedSetup,
): Promise<Registered> {
  const weightsCircuit = await buildCircuit(WEIGHTS_CIRCUIT, { cache });
  const weights = await committedDevelopmentSetup(weightsCircuit, WEIGHTS_GROUPS, { cache });
  const link = await developmentLink({ inference, weights }, { cache });
  const circuit: CommittedCircuit = {
    ...{ system: "committedGroth16", ...recordOf(statement, artefacts), key: inference.key },
    weightsCircuit: { r1cs: weightsCircuit.hash, key: weights.key, link: link.link },
  };
  const { circuits } = scenario;
  await circuits.registerCommitted(encodeCommittedCircuit(circuit));
  const circuitId = committedCircuitId(circuit);

  const commitment = weightsCommitment(statement.weights);
  const blinds = { inference: drawBlind(), weights: drawBlind() };
  const adviceBlind = drawBlind();
  const multiplicities = count(statement.weights);
  const registration = await proveWeights(
    { inference, weights, link },
    {
      ...{ circuit: circuitId, commitment, weights: statement.weights, blinds },
      advice: [SALT, ...multiplicities, adviceBlind],
      witnessOf: ({ z, b, commitment: W }) =>
        calculateWitness(weightsCircuit.wasm, {
          ...{ w: statement.weights, weightsBlind: blinds.weights, salt: SALT, multiplicities },
          ...{ adviceBlind, z, b, W },
        }),
    },
  );
  const encoded = encodeWeightsRegistration(registration);
  await circuits.registerWeights(circuitId, commitment, encoded);
  return { id: circuitId, point: registration.weights, blind: blinds.inference };
}

function recordOf(
  { input, output, weights }: RandomStatement,
  { hash }: CircuitArtefacts,
): Omit<CommittedCircuit, "system" | "key" | "weightsCircuit"> {
  return {
    weights: weights.length === 0 ? "constant" : "committed",
    setup: "development",
    ...{ input, output, r1cs: hash, transcript: id("transcript") as Hex },
  };
}

function commitmentTo({ weights }: RandomStatement): bigint | null {
  return weights.length === 0 ? null : weightsCommitment(weights);
}

async function publish(
  scenario: Scenario,
  circuit: CircuitId,
  seed: number,
  weights: bigint | null,
): Promise<string> {
  return publishUnregistered(scenario, circuit, `seed ${seed}`, weights ?? 0n);
}

async function proveAll<P>(
  { scenario, seed, proofs, provers }: CrossPlan<P>,
  statement: RandomStatement,
  release: string,
  prove: (
    opening: Opening,
    claim: Claim,
    prover: P,
  ) => Promise<Pick<ProvenItem, "commitment" | "proof" | "key">>,
): Promise<readonly ProvenItem[]> {
  const items: ProvenItem[] = [];
  for (let i = 0; i < proofs; i++) {
    const opening = statement.open();
    const claim: Claim = {
      ...{ release, request: id(`seed ${seed}, request ${i}`) },
      operator: scenario.operator.address,
      ...{ input: [...opening.input], output: [...opening.output] },
    };
    const prover = provers[i % provers.length] ?? provers[0];
    const weights = commitmentTo(statement) ?? 0n;
    items.push({ claim, weights, ...(await prove(opening, claim, prover)) });
  }
  return items;
}
