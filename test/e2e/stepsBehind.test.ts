import type { Hex, RequestId } from "@vouch/protocol";
import { allOf, requireSignature } from "@vouch/protocol";
import { expect } from "chai";
import { id } from "ethers";
import { inferStep } from "../../offchain/worker/steps/inferStep.ts";
import { settleStep } from "../../offchain/worker/steps/settleStep.ts";
import type { StepDeps, StepOptions } from "../../offchain/worker/steps/step.ts";
import type { CreditScenario } from "../helpers/creditScenario.ts";
import { askRow, openCreditScenario } from "../helpers/creditScenario.ts";
import { dutiesOf } from "../helpers/dutyScenario.ts";

/** A node may be behind the one that told of a request, and a reorganisation may take back what a step rests on. */
describe("a step whose request the chain has not got so far", () => {
  let scenario: CreditScenario;
  let snapshot: Awaited<
    ReturnType<CreditScenario["chain"]["connection"]["networkHelpers"]["takeSnapshot"]>
  >;
  let deps: StepDeps;

  before(async function () {
    this.timeout(240_000);
    scenario = await openCreditScenario();
    snapshot = await scenario.chain.connection.networkHelpers.takeSnapshot();
    deps = (await dutiesOf(scenario, scenario.cast.operator)) as unknown as StepDeps; // what comes first in a step
  });
  after(() => snapshot.restore());

  const ask = () => askRow(scenario, 0, { policy: allOf([requireSignature()]) });

  it("looks again at one that is not there, until it could not be locked any more", async () => {
    const { params } = await ask();
    const request = { id: id("of no transaction") as RequestId, params };
    const options = {} as StepOptions; // not looked at before the request is there
    const found = await inferStep(request, options, deps);
    expect(found).to.include({ next: "later" });

    const late = { ...request, params: { ...params, lockDeadline: params.rampStart - 1 } };
    expect(await inferStep(late, options, deps)).to.deep.equal({ next: "over" });
  });

  it("takes one on anew whose lock is not there, instead of leaving an answer unsent", async () => {
    const { id: open, params } = await ask();
    const missing = id("of no transaction either") as Hex as RequestId;
    const plan = { evidence: ["signature"], judge: undefined } as const;
    const settled = await settleStep(
      [open, missing].map((it) => ({ id: it, params, plan })),
      deps,
    );
    expect(settled.get(open)).to.deep.equal({ next: "infer" });
    expect(settled.get(missing)).to.deep.equal({ next: "infer" });
  });
});
