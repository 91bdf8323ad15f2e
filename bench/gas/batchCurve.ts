import type { TransactionReceipt } from "ethers";
import { network } from "hardhat";
import { ownRelease, provenReceipt, receiptOfCall } from "../../test/helpers/batchScenario.ts";
import type { CommittedRelease } from "../../test/helpers/committedScenario.ts";
import { committedReceipt, publishCommitted } from "../../test/helpers/committedScenario.ts";
import type { Connection } from "../../test/helpers/deployVouch.ts";
import { assessTogether } from "../../test/helpers/gasScenario.ts";
import type { Receipt, Scenario } from "../../test/helpers/vouchScenario.ts";
import { scenarioOn } from "../../test/helpers/vouchScenario.ts";

/** Gas of each of `receipts` in one transaction, its calldata and its part of the 21,000 included. */
export type BatchPoint = {
  readonly receipts: number;
  /** By `EvidenceRouter.assessMany`. */
  readonly groth16: number;
  readonly committedGroth16: number;
  /** By `Groth16Evidence.verifyMany` itself: the verification alone. */
  readonly groth16Verifier: number;
  readonly committedGroth16Verifier: number;
};

const COUNTS = [1, 2, 4, 8, 16, 32, 64];

/** Verifies batches of one release of either system. */
export async function measureBatches(): Promise<readonly BatchPoint[]> {
  const chain = await network.create();
  const scenario = await scenarioOn(chain);
  const own = await publishCommitted(scenario, "curve");
  // Statements are of the sender's domain: who asks the verifier itself, the first account, is its own router.
  const router = scenario.publisher.address;
  const alone = { ...scenario, domain: { ...scenario.domain, router } };
  const points: BatchPoint[] = [];
  for (const count of COUNTS) {
    const routed = batchesOf(scenario, own, count);
    const direct = batchesOf(alone, own, count);
    const each = async (send: Promise<TransactionReceipt>): Promise<number> =>
      Math.round(Number((await send).gasUsed) / count);
    points.push({
      receipts: count,
      groth16: await each(assessTogether(chain, scenario, routed.plain)),
      committedGroth16: await each(assessTogether(chain, scenario, routed.committed)),
      groth16Verifier: await each(verifyDirectly(chain, scenario, direct.plain)),
      committedGroth16Verifier: await each(verifyDirectly(chain, scenario, direct.committed)),
    });
  }
  return points;
}

type Batches = { readonly plain: Receipt[]; readonly committed: Receipt[] };

function batchesOf(scenario: Scenario, own: CommittedRelease, count: number): Batches {
  const indices = Array.from({ length: count }, (_, i) => i);
  return {
    plain: indices.map((i) => provenReceipt(scenario, ownRelease(scenario), i)),
    committed: indices.map((i) => committedReceipt(scenario, own, i)),
  };
}

async function verifyDirectly(
  chain: Connection,
  { groth16 }: Scenario,
  batch: Receipt[],
): Promise<TransactionReceipt> {
  const data = groth16.interface.encodeFunctionData("verifyMany", [batch]);
  return receiptOfCall(chain, { to: groth16, data });
}
