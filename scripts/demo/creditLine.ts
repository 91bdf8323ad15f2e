import { randomBytes } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import type { Hex, ReleaseId, RequestId } from "@vouch/protocol";
import {
  bytesToHex,
  inputCommitment,
  inputSalt,
  quantizeTensor,
  SETUP_TRUST,
  wordToHex,
} from "@vouch/protocol";
import type { ContractTransactionReceipt, ContractTransactionResponse } from "ethers";
import { CreditLine__factory } from "../../offchain/protocol/typechain/factories/contracts/examples/CreditLine__factory.ts";
import type { CreditLine } from "../../offchain/protocol/typechain/contracts/examples/CreditLine.ts";
import { deliverOpening } from "../../offchain/hardhat/tasks/deliverOpening.ts";
import type { Chain } from "../../offchain/hardhat/tasks/openChain.ts";
import type { Cast, PublishedModel } from "./scenario.ts";
import type { StepLog } from "./steps.ts";

/** Held-out rows of the demo: a good risk, asked in public, and a bad one, asked in private. */
const GOOD_ROW = 0;
const BAD_ROW = 1;

/** Wall milliseconds; a proof takes one or two seconds. */
const PATIENCE_MS = 120_000;

const GWEI = 10n ** 9n;
const DECISIONS = ["none", "pending", "granted", "refused"] as const;

/** A question that was put to the chain. */
export type Asked = {
  readonly id: RequestId;
  readonly applicant: string;
  readonly elements: readonly bigint[];
};

/** Deploys the consumer; it names development set-ups explicitly, or the demo's circuits would be refused. */
export async function deployCreditLine(
  { deployment }: Chain,
  { underwriter }: Cast,
  release: ReleaseId,
): Promise<CreditLine> {
  const trust = SETUP_TRUST.indexOf("any");
  const line = await new CreditLine__factory(underwriter).deploy(
    deployment.inferenceRequests,
    release,
    trust,
    wordToHex(0n),
  );
  await line.waitForDeployment();
  return line;
}

/** Asks for a decision on a held-out applicant whose features are public. */
export async function askPublic(
  log: StepLog,
  line: CreditLine,
  { applicants }: Cast,
  model: PublishedModel,
): Promise<Asked> {
  const { id, elements } = rowOf(model, GOOD_ROW);
  log.note(`applicant: ${id}, 20 attributes as ${elements.length} numbers`);
  const offer = await offerOf(line);
  return ask(log, line, applicants[0].address, elements, () =>
    line.ask(applicants[0].address, [...elements], offer, { value: escrowOf(offer) }),
  );
}

/** Asks for a decision on features that only the operator is given. */
export async function askCommitted(
  log: StepLog,
  chain: Chain,
  line: CreditLine,
  { applicants }: Cast,
  model: PublishedModel,
): Promise<Asked> {
  const { id, elements } = rowOf(model, BAD_ROW);
  log.note(`applicant: ${id}, committed with a salt`);
  const secret: Hex = bytesToHex(randomBytes(32));
  const commitment = inputCommitment(inputSalt(secret), elements, model.prepared.compiled.input);
  await deliverOpening(chain, wordToHex(commitment), { secret, input: elements });
  const offer = await offerOf(line);
  return ask(log, line, applicants[1].address, elements, () =>
    line.askCommitted(applicants[1].address, commitment, offer, { value: escrowOf(offer) }),
  );
}

/** Waits for the callback and prints what the contract decided; a worker that never answers is an error, not a wait. */
export async function untilDecided(
  log: StepLog,
  line: CreditLine,
  { applicant, id }: Asked,
): Promise<void> {
  const givesUpAt = performance.now() + PATIENCE_MS;
  while ((await line.decisionOf(applicant)) === BigInt(DECISIONS.indexOf("pending"))) {
    if (performance.now() > givesUpAt) throw new Error(`request ${id} was not decided in time`);
    await delay(50);
  }
  const decision = DECISIONS[Number(await line.decisionOf(applicant))] ?? "none";
  log.note(`CreditLine: ${decision}, limit ${await line.limitOf(applicant)}`);
}

async function ask(
  log: StepLog,
  line: CreditLine,
  applicant: string,
  elements: readonly bigint[],
  send: () => Promise<ContractTransactionResponse>,
): Promise<Asked> {
  await log.run("CreditLine asks (escrow)", async () => (await send()).wait(), gasOf);
  return { id: (await line.requestOf(applicant)) as RequestId, applicant, elements };
}

function gasOf(receipt: ContractTransactionReceipt | null): bigint {
  return receipt?.gasUsed ?? 0n;
}

function rowOf(
  { samples, prepared }: PublishedModel,
  index: number,
): { id: string; elements: bigint[] } {
  const row = samples.rows[index];
  if (row === undefined) throw new RangeError(`the model has no sample ${index}`);
  return { id: row.id, elements: quantizeTensor(row.x, prepared.compiled.input) };
}

type Offer = {
  readonly fee: bigint;
  readonly stake: bigint;
  readonly maxGasPrice: bigint;
  readonly verificationGas: bigint;
  readonly callbackGas: bigint;
  readonly lockDeadline: number;
  readonly deadline: number;
};

async function offerOf(line: CreditLine): Promise<Offer> {
  const block = await line.runner?.provider?.getBlock("latest");
  const now = block?.timestamp ?? Math.floor(Date.now() / 1000);
  return {
    fee: 10n ** 15n,
    stake: 10n ** 16n,
    maxGasPrice: 10n * GWEI,
    verificationGas: 600_000n,
    callbackGas: await line.CALLBACK_GAS(),
    lockDeadline: now + 600,
    deadline: now + 1_200,
  };
}

function escrowOf({ fee, verificationGas, callbackGas, maxGasPrice }: Offer): bigint {
  return fee + (verificationGas + callbackGas) * maxGasPrice;
}
