/** Test only: what each verifier says of a vector. But for the two ways of the contract, none shares code with another. */
import type { Native } from "@vouch/native";
import { verifyCommitted, verifyGroth16 } from "@vouch/protocol";
import type { Hex } from "@vouch/protocol";
import { keyToSnarkjs, proofToSnarkjs } from "@vouch/prover";
import { toBeHex } from "ethers";
import { groth16 } from "snarkjs";
import { committedEvidence } from "../committedScenario.ts";
import { challengeOf, evaluate } from "../committedTrapdoor.ts";
import type { Receipt, Scenario } from "../vouchScenario.ts";
import { digestOf, signalsOf, zkEvidence } from "../vouchScenario.ts";
import type { CrossVector } from "./crossVectors.ts";

export type Verifier = {
  readonly name: "protocol" | "snarkjs" | "native" | "contract alone" | "contract, in a batch";
  /** Whether it can judge proofs of the system. */
  readonly judges: (system: CrossVector["circuit"]["system"]) => boolean;
  /** Verdicts in the order of the vectors. */
  readonly verify: (vectors: readonly CrossVector[]) => Promise<readonly boolean[]>;
};

/** Vectors that the contract judges in one call. */
const BATCH = 25;

/** All that are here: the native one only where it is given. */
export function verifiersOf(scenario: Scenario, native: Native | undefined): readonly Verifier[] {
  const each =
    (verify: (vector: CrossVector) => boolean | Promise<boolean>): Verifier["verify"] =>
    async (vectors) => {
      const verdicts: boolean[] = [];
      for (const it of vectors) verdicts.push(await verify(it));
      return verdicts;
    };
  const any = (): boolean => true;
  return [
    { name: "protocol", judges: any, verify: each((it) => protocolAccepts(scenario, it)) },
    {
      name: "snarkjs",
      judges: (system) => system === "groth16",
      verify: each((it) => snarkjsAccepts(scenario, it)),
    },
    ...(native === undefined
      ? []
      : [
          {
            name: "native" as const,
            judges: any,
            verify: each((it) => nativeAccepts(scenario, native, it)),
          },
        ]),
    { name: "contract alone", judges: any, verify: each((it) => isAssessed(scenario, it)) },
    {
      name: "contract, in a batch",
      judges: any,
      verify: async (vectors) => {
        const verdicts: boolean[] = [];
        for (let start = 0; start < vectors.length; start += BATCH) {
          const receipts = vectors.slice(start, start + BATCH).map(receiptOf);
          const [, verified] = await scenario.router.assessMany(receipts);
          verdicts.push(...verified);
        }
        return verdicts;
      },
    },
  ];
}

function protocolAccepts(scenario: Scenario, vector: CrossVector): boolean {
  const { circuit, item } = vector;
  if (circuit.system === "groth16")
    return verifyGroth16(circuit.key, item.proof, plainSignals(scenario, vector));
  const { claim, proof } = item;
  const digest = digestOf(scenario.domain, claim) as Hex;
  const v = [...claim.input, ...claim.output];
  return verifyCommitted(circuit.key, proof, { weights: circuit.point, digest, v });
}

/** An input that it fails on is one that it does not accept. */
async function snarkjsAccepts(scenario: Scenario, vector: CrossVector): Promise<boolean> {
  const { circuit, item } = vector;
  const signals = plainSignals(scenario, vector).map(String);
  return groth16
    .verify(keyToSnarkjs(circuit.key), signals, proofToSnarkjs(item.proof))
    .catch(() => false);
}

async function nativeAccepts(
  scenario: Scenario,
  native: Native,
  vector: CrossVector,
): Promise<boolean> {
  const { circuit, item } = vector;
  if (circuit.system === "groth16")
    return native.verify(circuit.key, item.proof, plainSignals(scenario, vector));
  const { claim, proof } = item;
  const { z, b } = challengeOf("vouch.challenge.committed.v1", [
    ...[...circuit.point, ...proof.slice(8, 10)].map((it) => toBeHex(it, 32)),
    digestOf(scenario.domain, claim),
  ]);
  const signals = [z, b, evaluate([...claim.input, ...claim.output], z)];
  return native.verifyCommitted(circuit.key, proof, circuit.point, signals);
}

/** `[c, z, e]`, derived without the protocol's own code. */
function plainSignals(
  { domain }: Scenario,
  { circuit, item: { claim, commitment } }: CrossVector,
): readonly bigint[] {
  return signalsOf(digestOf(domain, claim), claim, { weights: circuit.weights, commitment });
}

/** Whatever it reverts with; that it is reached is shown by the honest ones. */
async function isAssessed({ router }: Scenario, vector: CrossVector): Promise<boolean> {
  return router.assess(receiptOf(vector)).then(
    () => true,
    () => false,
  );
}

function receiptOf({ circuit, item }: CrossVector): Receipt {
  const { claim, commitment, proof } = item;
  const evidence =
    circuit.system === "groth16" ? zkEvidence(commitment, proof) : committedEvidence(proof);
  return { ...claim, evidence: [evidence] };
}
