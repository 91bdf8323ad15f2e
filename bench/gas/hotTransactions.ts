import type { TransactionReceipt } from "ethers";
import { ZeroHash } from "ethers";
import { network } from "hardhat";
import type { Connection } from "../../test/helpers/deployVouch.ts";
import {
  ZK_OR_SIGNATURE,
  A_MOMENT,
  provenClaim,
  publishRelease,
  requireProven,
  scenarioInUse,
  settle,
  settleBatch,
  slashAgain,
  verifyBatch,
} from "../../test/helpers/gasScenario.ts";
import { STATUS, TEE, enclavesOn, fulfilBy } from "../../test/helpers/enclaveScenario.ts";
import { claimLarge, entryOf, postLarge } from "../../test/helpers/largeBatch.ts";
import { DISPUTE_PERIOD, NATIVE, PRICE, ledgerOn } from "../../test/helpers/ledgerScenario.ts";
import { SIGNATURE, all, signature, zk } from "../../test/helpers/vouchScenario.ts";
import type { Scenario } from "../../test/helpers/vouchScenario.ts";
import { sendCommitted } from "./committedTransactions.ts";
import type { Floor } from "./floor.ts";
import { batchPrecompiles, ECDSA, GROTH16 } from "./floor.ts";

/** One of the transactions that users pay for most. */
export type HotTransaction = {
  readonly name: string;
  readonly chain: Connection;
  readonly receipt: TransactionReceipt;
  /** Of each of so many receipts, if more than one. */
  readonly receipts: number;
  /** Gas of the specification; what it counts is `gasUsed / receipts`, less `targetExcludes`. */
  readonly target: number | null;
  readonly targetExcludes: number;
  readonly floor: Floor;
  readonly contracts: ReadonlyMap<string, string>;
};

type Row = Pick<HotTransaction, "name" | "receipt" | "floor"> &
  Partial<Pick<HotTransaction, "receipts" | "target" | "targetExcludes">>;
type Sent = readonly HotTransaction[];

/** The specification counts a claim without the 21,000 of its transaction. */
const BASE = 21_000;

/** What a settlement writes. */
const SETTLEMENT: Floor = {
  changedSlots: 5,
  why: "status and commitment of the record, credits of operator, publisher and requester",
};

/** Sends all of them, on chains of their own, in a deployment in use. */
export async function sendHotTransactions(): Promise<Sent> {
  return [
    ...(await protocolTransactions()),
    ...(await committedTransactions()),
    ...(await enclaveTransactions()),
    ...(await ledgerTransactions()),
  ];
}

async function protocolTransactions(): Promise<Sent> {
  const chain = await network.create();
  const scenario = await scenarioInUse(chain);
  const published = await publishRelease(scenario, scenario.circuitId);
  const both = await settle(scenario, all(zk(), signature));
  const signed = await settle(scenario, all(signature));
  const proven = await settle(scenario, all(zk()));
  const either = await settle(scenario, ZK_OR_SIGNATURE);
  const required = await requireProven(chain, scenario, provenClaim(scenario));
  const batches = new Map<number, TransactionReceipt>();
  for (const count of [16, 64]) batches.set(count, await verifyBatch(chain, scenario, count));
  const settled = new Map<number, TransactionReceipt>();
  for (const count of [16, 64]) settled.set(count, await settleBatch(scenario, count));
  const slashed = await slashAgain(scenario);

  const record = { newSlots: 1, why: "a record of what was asked" };
  const verified = { precompiles: GROTH16, why: "one proof" };
  const rows: Row[] = [
    { name: "request: two clauses", receipt: both.request, target: 120_000, floor: record },
    { name: "request: zk or signature", receipt: either.request, target: 120_000, floor: record },
    {
      ...{ name: "lock", receipt: both.lock },
      floor: { changedSlots: 2, why: "record, exposure of the operator" },
    },
    {
      ...{ name: "fulfil: signature", receipt: signed.fulfil, target: 110_000 },
      floor: { ...SETTLEMENT, precompiles: ECDSA },
    },
    {
      ...{ name: "fulfil: zk", receipt: proven.fulfil, target: 320_000 },
      floor: { ...SETTLEMENT, precompiles: GROTH16 },
    },
    { name: "requireReceipt: zk", receipt: required, target: 260_000, floor: verified },
    ...[...batches].map(([receipts, receipt]) => ({
      ...{ name: `verify batch of ${String(receipts)}, each`, receipt, receipts },
      target: receipts === 16 ? 70_000 : 60_000,
      floor: { precompiles: batchPrecompiles(receipts), why: "one product of pairings" },
    })),
    ...[...settled].map(([receipts, receipt]) => ({
      ...{ name: `settle batch of ${String(receipts)}, each`, receipt, receipts },
      target: receipts === 16 ? 105_000 : 95_000,
      floor: {
        precompiles: batchPrecompiles(receipts),
        changedSlots: 2 * receipts,
        why: "one product of pairings; status and commitment of each record",
      },
    })),
    {
      ...{ name: "show equivocation", receipt: slashed, target: 200_000 },
      floor: {
        ...{ precompiles: 2 * ECDSA, newSlots: 1, changedSlots: 2, clearedSlots: 1 },
        why: "fault; stake, credit of the challenger; bond",
      },
    },
    {
      ...{ name: "publish release", receipt: published, target: 180_000 },
      floor: { newSlots: 1, why: "a record of the id" },
    },
  ];
  return complete(chain, await namesOf(scenario), rows);
}

async function committedTransactions(): Promise<Sent> {
  const chain = await network.create();
  const scenario = await scenarioInUse(chain);
  const rows = await sendCommitted(chain, scenario, SETTLEMENT);
  return complete(chain, await namesOf(scenario), rows);
}

async function enclaveTransactions(): Promise<Sent> {
  const chain = await network.create();
  const scenario = await enclavesOn(chain);
  const { enclaves, publisher, releaseId } = scenario;
  const { measurement } = await scenario.enrol(await scenario.attest());
  await enclaves.connect(publisher).approve(releaseId, measurement, 0);
  const tee = { kind: TEE, params: STATUS.upToDate | (1n << 8n), pin: ZeroHash };
  const policy = { allOf: [{ anyOf: [signature, tee] }], minStake: 0n };
  // Parties are credited and kinds are counted before.
  for (const kinds of [[TEE], [SIGNATURE, TEE]])
    await fulfilBy(scenario, measurement, policy, kinds);
  const rows: Row[] = [];
  for (const [name, kinds, precompiles] of [
    ["fulfil: enclave", [TEE], ECDSA],
    ["fulfil: enclave and signature", [SIGNATURE, TEE], 2 * ECDSA],
  ] as const) {
    const receipt = await fulfilBy(scenario, measurement, policy, kinds);
    rows.push({ name, receipt, floor: { ...SETTLEMENT, precompiles } });
  }
  const names = await namesOf(scenario);
  names.set((await enclaves.getAddress()).toLowerCase(), "EnclaveRegistry");
  return complete(chain, names, rows);
}

async function ledgerTransactions(): Promise<Sent> {
  const chain = await network.create();
  const scenario = await ledgerOn(chain);
  await chain.networkHelpers.time.increaseTo(A_MOMENT);
  const { ledger, requester, operator } = scenario;
  const amount = 1000n * PRICE;
  await ledger.connect(requester).deposit(operator, NATIVE, amount, { value: amount });
  await postLarge(scenario, entryOf(scenario, 0n, NATIVE));
  const rows: Row[] = [];
  // The first claim of all opens the channel's earnings with the slot that holds its deposit: none is dearer.
  for (const [word, nonce, target] of [
    ["cold", 256n, 80_000],
    ["warm", 257n, 60_000],
  ] as const) {
    const large = await postLarge(scenario, entryOf(scenario, nonce, NATIVE));
    await chain.networkHelpers.time.increase(DISPUTE_PERIOD + 1);
    const claimed = await claimLarge(scenario, large);
    if (word === "cold") {
      const floor = { newSlots: 1, why: "the root, with its poster, time and count" };
      const name = "ledger: post a root of 2^20";
      rows.push({ name, receipt: large.posted, target: 80_000, floor });
    }
    const spent = word === "cold" ? { newSlots: 1, changedSlots: 1 } : { changedSlots: 2 };
    rows.push({
      ...{ name: `ledger: claim, ${word} word`, receipt: claimed, target, targetExcludes: BASE },
      floor: { ...spent, precompiles: ECDSA, why: "bit of the nonce; deposit with earnings" },
    });
  }
  return complete(chain, await namesOf(scenario), rows);
}

function complete(
  chain: Connection,
  contracts: ReadonlyMap<string, string>,
  rows: readonly Row[],
): HotTransaction[] {
  const none = { receipts: 1, target: null, targetExcludes: 0 };
  return rows.map((row) => ({ ...none, ...row, chain, contracts }));
}

/** Contracts of the scenario that such a transaction runs. */
const NAMES = {
  circuits: "CircuitRegistry",
  models: "ModelRegistry",
  vault: "StakeVault",
  signatures: "SignatureEvidence",
  groth16: "Groth16Evidence",
  router: "EvidenceRouter",
  requests: "InferenceRequests",
  ledger: "ReceiptLedger",
} as const;

/** Their names, by address. */
async function namesOf(deployed: Pick<Scenario, keyof typeof NAMES>): Promise<Map<string, string>> {
  const names = new Map<string, string>();
  for (const [key, name] of Object.entries(NAMES) as [keyof typeof NAMES, string][])
    names.set((await deployed[key].getAddress()).toLowerCase(), name);
  return names;
}
