import { encodeWeightsRegistration } from "@vouch/protocol";
import type { TransactionReceipt } from "ethers";
import {
  committedReceipt,
  publishCommitted,
  settleCommitted,
} from "../../test/helpers/committedScenario.ts";
import { registrationOf, weightsSecretOf } from "../../test/helpers/committedSecrets.ts";
import type { CommittedRelease } from "../../test/helpers/committedScenario.ts";
import type { Connection } from "../../test/helpers/deployVouch.ts";
import { assessTogether, mined, requireProven } from "../../test/helpers/gasScenario.ts";
import type { Scenario } from "../../test/helpers/vouchScenario.ts";
import { W } from "../../test/helpers/vouchScenario.ts";
import type { Floor } from "./floor.ts";
import { COMMITTED, WEIGHTS, committedBatchPrecompiles } from "./floor.ts";

type CommittedTransaction = {
  readonly name: string;
  readonly receipt: TransactionReceipt;
  readonly receipts?: number;
  readonly target?: number;
  readonly floor: Floor;
};

/** Sends what commit-and-prove has beside the rest, in a deployment in use. */
export async function sendCommitted(
  chain: Connection,
  scenario: Scenario,
  settlement: Floor,
): Promise<readonly CommittedTransaction[]> {
  const { circuits } = scenario;
  const own = await publishCommitted(scenario, "gas");
  const shown = registrationOf(own, own.circuitId, W + 1n, weightsSecretOf("another"));
  const registered = await mined(
    circuits.registerWeights(own.circuitId, W + 1n, encodeWeightsRegistration(shown)),
  );
  // The policy's parties are credited before.
  await settleCommitted(scenario, own);
  const rows: CommittedTransaction[] = [
    {
      ...{ name: "register weights", receipt: registered },
      floor: { precompiles: WEIGHTS, newSlots: 2, why: "x and y of the point" },
    },
    {
      ...{ name: "fulfil: committed zk", receipt: await settleCommitted(scenario, own) },
      floor: { ...settlement, precompiles: COMMITTED },
    },
    {
      name: "requireReceipt: committed zk",
      receipt: await requireProven(chain, scenario, committedReceipt(scenario, own, 0)),
      floor: { precompiles: COMMITTED, why: "one proof" },
    },
  ];
  for (const receipts of [16, 64]) {
    rows.push({
      name: `verify committed batch of ${String(receipts)}, each`,
      receipt: await verifyCommittedBatch(chain, scenario, own, receipts),
      ...{ receipts, ...(receipts === 64 ? { target: 85_000 } : {}) },
      floor: {
        precompiles: committedBatchPrecompiles(receipts),
        why: "one product of pairings",
      },
    });
  }
  return rows;
}

/** Verifies receipts of one release at once. */
export async function verifyCommittedBatch(
  chain: Connection,
  scenario: Scenario,
  own: CommittedRelease,
  count: number,
): Promise<TransactionReceipt> {
  const receipts = Array.from({ length: count }, (_, i) => committedReceipt(scenario, own, i));
  return assessTogether(chain, scenario, receipts);
}
