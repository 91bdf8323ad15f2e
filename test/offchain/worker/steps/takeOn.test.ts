import type { Policy, WeightedCircuit } from "@vouch/protocol";
import { committedCircuitId } from "@vouch/protocol";
import type { Plan, StepDeps, StepOptions, Watched } from "@vouch/worker";
import { expect } from "chai";
import { refusalToLock } from "../../../../offchain/worker/steps/takeOn.ts";
import { codeOfPromise } from "../../../helpers/codeOf.ts";
import {
  committedSecrets,
  constantSecrets,
  registrationOf,
  weightsSecretOf,
} from "../../../helpers/committedSecrets.ts";
import { CIRCUIT, trapdoorReceipt } from "../../../helpers/trapdoorReceipt.ts";

const NOW = 5_000;
const { input, output } = CIRCUIT;
const SECRETS = committedSecrets("taken", { input, output });
const CONSTANT = constantSecrets("taken", { input, output });
const ID = committedCircuitId(SECRETS.circuit);
const { release, statement } = trapdoorReceipt({ release: { circuit: ID } });
const registration = registrationOf(SECRETS, ID, release.weights, weightsSecretOf("own"));
const REGISTERED: WeightedCircuit = { ...SECRETS.circuit, registration };

const PROVEN: Plan = { evidence: ["zk"], judge: undefined };
const SIGNED: Plan = { evidence: ["signature"], judge: undefined };
const DEFENDED: Plan = { ...SIGNED, judge: { by: "proof", window: 60 } };

/** What keeps an operator from a lock where the chain has this point for the release's weights. */
function refusalAt(
  point: readonly bigint[],
  circuit: WeightedCircuit = REGISTERED,
  { evidence, judge }: Plan = PROVEN,
  fee = 5n,
  verificationGas = 63_000,
): Promise<string | undefined> {
  const tensor = { elements: 1, bits: 8, mode: "public", signed: false };
  const served = { id: statement.release, release, circuit, models: [{}], compiled: { input: tensor, output: tensor } }; // prettier-ignore
  const fees = { maxFee: fee, minFee: fee, maxGasPrice: 1n, verificationGas, callbackGas: 0, provisionalGas: 0 }; // prettier-ignore
  const params = { ...fees, token: `0x${"00".repeat(20)}`, rampStart: 0, lockDeadline: NOW + 60, deadline: NOW + 90 }; // prettier-ignore
  const options = { minFee: 1n, tokens: new Map(), minVerificationGas: 0, minServeSeconds: 1, maxHorizonSeconds: 100 }; // prettier-ignore
  const contracts = {
    circuits: { weightsPointOf: () => Promise.resolve(point) },
    requests: { runner: { provider: { getFeeData: () => Promise.resolve({ gasPrice: 1n }) } } },
  };
  const policy: Policy = { allOf: [], minStake: 0n };
  return refusalToLock(
    { params } as unknown as Watched,
    served as never,
    { policy, plan: { evidence: new Set(evidence), judge } },
    NOW,
    options as unknown as StepOptions,
    { contracts } as unknown as StepDeps,
  );
}

describe("a request of a commit-and-prove release, before it is locked", () => {
  const other = registrationOf(SECRETS, ID, release.weights, weightsSecretOf("other")).weights;

  it("is worth a lock where the chain has the point that is proven by", async () => {
    expect(await refusalAt(registration.weights)).to.equal(undefined);
  });

  for (const [what, point] of [
    ["none", [0n, 0n]],
    ["another", other],
  ] as const)
    it(`waits where the chain has ${what}, if a proof may be asked for`, async () => {
      for (const plan of [PROVEN, DEFENDED])
        expect(await codeOfPromise(refusalAt(point, REGISTERED, plan))).to.equal("RELEASE_UNREADY");
      expect(await refusalAt(point, REGISTERED, SIGNED)).to.equal(undefined);
    });

  it("waits where the bundle has no registration", async () => {
    const bare = { ...REGISTERED, registration: null };
    expect(await codeOfPromise(refusalAt([0n, 0n], bare))).to.equal("RELEASE_UNREADY");
  });

  it("waits where the bundle's registration shows nothing, which its receipts would be refused by", async () => {
    const { proof, link } = registration;
    const forged = { ...REGISTERED, registration: { ...registration, link: proof.slice(0, 2) } };
    expect(link).not.to.deep.equal(forged.registration.link);
    expect(await codeOfPromise(refusalAt(registration.weights, forged))).to.equal(
      "RELEASE_UNREADY",
    );
  });

  it("needs no point where the weights are constants", async () => {
    expect(await refusalAt([0n, 0n], { ...CONSTANT.circuit, registration: null })).to.equal(
      undefined,
    );
  });

  it("is left for good where it is not worth it anyway", async () => {
    expect(await refusalAt(registration.weights, REGISTERED, PROVEN, 5n, 62_999)).to.contain("gas");
    expect(await refusalAt(other, REGISTERED, SIGNED, 5n, 0)).to.equal(undefined);
    expect(await refusalAt(other, REGISTERED, PROVEN, 0n)).to.contain("fee");
  });
});
