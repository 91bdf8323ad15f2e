import { join } from "node:path";
import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";
import hre from "hardhat";
import type { Evidence, Hex, Receipt, RequestId, RequestParams, Statement } from "@vouch/protocol";
import {
  allOf,
  hashOfWords,
  packWords,
  quantizeTensor,
  requireSignature,
  requireZk,
  statementDigest,
  findContractError,
  ProtocolError,
  verifyReceipt,
} from "@vouch/protocol";
import { completeAsk, fetchReceipt, requestInference } from "@vouch/sdk";
import type { ProvenClaim, ServedRelease, Worker, WorkerEvent } from "@vouch/worker";
import { proveClaim } from "@vouch/worker";
import { encodeReceipt } from "../../scripts/demo/receipt.ts";
import type { Cast, PublishedModel } from "../../scripts/demo/scenario.ts";
import { castOf, publishModel } from "../../scripts/demo/scenario.ts";
import { signStatement } from "../../scripts/demo/forgeries.ts";
import type { Chain } from "../../offchain/hardhat/tasks/openChain.ts";
import { startChain } from "../../offchain/hardhat/tasks/openChain.ts";
import { ensureStake, openWorker } from "../../offchain/hardhat/tasks/openWorker.ts";
import { nextBlockTime } from "./nextBlockTime.ts";

/** A chain with a model published, and a staked operator that serves it. */
export type Scenario = {
  readonly chain: Chain;
  readonly cast: Cast;
  /** With public input. */
  readonly open: PublishedModel;
  readonly served: ServedRelease;
  readonly worker: Worker;
};

/** The credit model, published with committed input, too. */
export type CreditScenario = Scenario & {
  readonly closed: PublishedModel;
  readonly events: WorkerEvent[];
};

const STAKE = 10n ** 18n;

let opened: Promise<CreditScenario> | undefined;

/** Opens the scenario once for all tests of a run; its store lies beside the project's own, so that circuits are reused. */
export function openCreditScenario(): Promise<CreditScenario> {
  opened ??= build();
  return opened;
}

async function build(): Promise<CreditScenario> {
  process.env["VOUCH_HOME"] ??= join(hre.config.paths.root, ".vouch", "test");
  const chain = await startChain(hre, await hre.network.create());
  const cast = await castOf(chain);
  const quiet = (): void => undefined;
  const open = await publishModel(chain, hre.config.paths.root, "public", quiet);
  const closed = await publishModel(chain, hre.config.paths.root, "committed", quiet);
  await ensureStake(chain, cast.operator, STAKE);
  await ensureStake(chain, cast.otherOperator, STAKE);
  const events: WorkerEvent[] = [];
  const { worker, releases } = await openWorker(chain, cast.operator, {
    silent: true,
    pollIntervalMs: 20,
    onEvent: (event) => events.push(event),
  });
  const served = releases.get(open.id);
  if (served === undefined) throw new Error("the worker does not serve the release");
  return { chain, cast, open, closed, served, worker, events };
}

/** The integers of a held-out row. */
export function rowOf({ samples, prepared }: PublishedModel, index: number): bigint[] {
  const row = samples.rows[index];
  if (row === undefined) throw new RangeError(`no row ${index}`);
  return quantizeTensor(row.x, prepared.compiled.input);
}

/** The demo's policy: a staked signature and a proof, development set-ups allowed by name. */
export const ZK_AND_SIGNATURE = allOf([requireZk("any"), requireSignature()]);

/** Asks in public for a row as account 0. */
export async function askRow(
  { chain, open }: Scenario,
  index: number,
  change: Partial<RequestParams> = {},
): Promise<{
  readonly id: RequestId;
  readonly params: RequestParams;
  readonly elements: readonly bigint[];
}> {
  const elements = rowOf(open, index);
  const now = await nextBlockTime(chain.connection.ethers.provider);
  const ask = {
    release: open.id,
    circuit: open.prepared.bundle.circuit,
    input: packWords(elements, open.prepared.compiled.input),
    policy: ZK_AND_SIGNATURE,
    fee: 10n ** 15n,
  };
  const params = { ...completeAsk(ask, now, 10n ** 10n), ...change };
  const { id } = await requestInference(chain.contracts, params);
  return { id, params, elements };
}

/** Asks for a row, lets the worker serve it, and returns the verified receipt. */
export async function serveRow(
  scenario: Scenario,
  index: number,
): Promise<{ readonly receipt: Receipt; readonly elements: readonly bigint[] }> {
  const { id, elements } = await askRow(scenario, index);
  await scenario.worker.poll();
  const { chain } = scenario;
  const { receipt } = await fetchReceipt(
    chain.contracts,
    chain.domain,
    id,
    chain.deployment.fromBlock,
  );
  return { receipt, elements };
}

/** Proves a claim of the scenario's release, or of a nearby one. */
export function proveNearby(
  { served }: Scenario,
  receipt: Receipt,
  input: readonly bigint[],
  output: readonly bigint[],
  change: {
    readonly statement?: Partial<Statement>;
    readonly chainId?: bigint;
    readonly router?: Hex;
    readonly compiled?: ServedRelease["compiled"];
    readonly zkey?: string;
  } = {},
): Promise<ProvenClaim> {
  const domain = {
    chainId: change.chainId ?? receipt.domain.chainId,
    router: change.router ?? receipt.domain.router,
  };
  const digest = statementDigest(domain, { ...receipt.statement, ...change.statement });
  const own = served.proving[0]!;
  const proving = change.zkey === undefined ? own : { ...own, zkey: change.zkey };
  const witness = { weightsSalt: served.weightsSalts[0], input, output };
  return proveClaim(change.compiled ?? served.compiled, proving, witness, digest);
}

/** A receipt over other words or with another proof, signed by the operator as it then stands. */
export async function resign(
  receipt: Receipt,
  signer: HardhatEthersSigner,
  zk: Evidence,
  words: { readonly input?: readonly bigint[]; readonly output?: readonly bigint[] } = {},
): Promise<Receipt> {
  const input = words.input ?? receipt.input;
  const output = words.output ?? receipt.output;
  const statement = {
    ...receipt.statement,
    inputHash: hashOfWords(input),
    outputHash: hashOfWords(output),
  };
  const signature = await signStatement(signer, receipt.domain, statement);
  return { ...receipt, input, output, statement, evidence: [signature, zk] };
}

/** Returns by which code and which custom error a receipt is refused, "accepted" where it is not. */
export async function refusalsOf(
  { chain }: Pick<Scenario, "chain">,
  receipt: Receipt,
): Promise<[string, string]> {
  return [offChain(receipt), await onChain(chain, receipt)];
}

function offChain(receipt: Receipt): string {
  try {
    verifyReceipt(receipt);
    return "accepted";
  } catch (error) {
    if (error instanceof ProtocolError) return error.code;
    throw error;
  }
}

async function onChain({ contracts }: Chain, receipt: Receipt): Promise<string> {
  try {
    await contracts.router.assess(encodeReceipt(receipt));
    return "accepted";
  } catch (error) {
    const refusal = findContractError(error);
    if (refusal === undefined) throw error;
    return refusal.name;
  }
}
