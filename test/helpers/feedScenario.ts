import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";
import { ZeroHash } from "ethers";
import type {
  AdapterMock,
  InferenceRequests,
  ModelFeed,
  Scheduler,
} from "../../offchain/protocol/typechain/index.ts";
import { connection } from "./deployVouch.ts";
import type { Connection } from "./deployVouch.ts";
import { packReference } from "./packing.ts";
import {
  CIRCUIT,
  ETHER,
  FEE,
  INPUT,
  all,
  escrowOf,
  release,
  scenarioOn,
  sign,
  signature,
} from "./vouchScenario.ts";
import type { Params, Policy, Requirement, Scenario } from "./vouchScenario.ts";

export const INTERVAL = 3_600n;
export const MAX_AGE = 7_200n;
export const LOCK_PERIOD = 300n;
export const ANSWER_PERIOD = 900n;
export const WINDOW = 600n;
export const CAPACITY = 4n;
export const DECIMALS = 8n;
export const FRACTION_BITS = 8n;
export const NO_CONFIDENCE: bigint = 2n ** 24n - 1n;
export const MIN_REWARD = 10n ** 13n;
export const MAX_REWARD: bigint = 5n * MIN_REWARD;
export const RAMP = 600n;
const OPTIMISTIC = 2n;

/** Stands for `WINDOW`; two of three operators decide a challenge. */
export const optimistic: Requirement = {
  kind: OPTIMISTIC,
  params: WINDOW | (2n << 48n) | (3n << 56n),
  pin: ZeroHash,
};

export type ScheduleTerms = {
  release: string;
  policy: Policy;
  adapter: string;
  config: string;
  start: bigint;
  interval: bigint;
  minFee: bigint;
  maxFee: bigint;
  stake: bigint;
  bond: bigint;
  cover: bigint;
  maxGasPrice: bigint;
  verificationGas: bigint;
  callbackGas: bigint;
  provisionalGas: bigint;
  lockPeriod: bigint;
  answerPeriod: bigint;
  minReward: bigint;
  maxReward: bigint;
  rewardRamp: bigint;
};
export type Terms = {
  schedule: ScheduleTerms;
  description: string;
  answerIndex: bigint;
  confidenceIndex: bigint;
  decimals: bigint;
  capacity: bigint;
  maxAge: bigint;
};
export type Overrides = Partial<Omit<Terms, "schedule">> & {
  readonly schedule?: Partial<ScheduleTerms>;
};
export type Asked = { readonly request: string; readonly params: Params };
export type FeedScenario = Omit<Scenario, "requests" | "disputes"> & {
  readonly requests: InferenceRequests;
  readonly scheduler: Scheduler;
  readonly adapter: AdapterMock;
  readonly feedRelease: string;
  /** The one whose word decides challenges. */
  readonly disputes: HardhatEthersSigner;
  readonly keeper: HardhatEthersSigner;
  readonly start: bigint;
  readonly escrow: bigint;
  readonly terms: (overrides?: Overrides) => Terms;
  /** Creates a feed as `requester`, with an ether. */
  readonly create: (overrides?: Overrides) => Promise<ModelFeed>;
  /** Runs at second `at` as `keeper`, by default in the first second of a slot. */
  readonly run: (feed: ModelFeed, at: bigint) => Promise<Asked>;
  /** Locks as `operator` and answers with elements, signed. */
  readonly answer: (asked: Asked, elements: readonly bigint[]) => Promise<bigint[]>;
  /** Runs and answers in the first second of slot `slot` and the seconds after it. */
  readonly feedRound: (feed: ModelFeed, slot: bigint, elements: readonly bigint[]) => Promise<void>;
};

/** Words of an output: two signed elements of 32 bits. */
export const wordsOf = (values: readonly bigint[]): bigint[] => [
  ...packReference([{ bits: 32, signed: true, values }]),
];

/** A deployment with a scheduler whose requests may be optimistic, and a release of two outputs. */
export async function deployFeeds(): Promise<FeedScenario> {
  return feedsOn(connection);
}

export async function feedsOn(chain: Connection): Promise<FeedScenario> {
  const { ethers, networkHelpers } = chain;
  const scenario = await scenarioOn(chain);
  const { circuits, models, vault, signatures, groth16, publisher, operator, rival } = scenario;
  const [disputes, keeper] = (await ethers.getSigners()).slice(-2) as [
    HardhatEthersSigner,
    HardhatEthersSigner,
  ];
  const panel = await ethers.deployContract("PanelMock");
  const router = await ethers.deployContract("EvidenceRouter", [
    ...[models, circuits, [signatures, groth16, panel]],
  ]);
  const requests = await ethers.deployContract("InferenceRequests", [
    ...[router, vault, models, circuits, signatures, disputes],
  ]);
  const scheduler = await ethers.deployContract("Scheduler", [requests]);
  const adapter = await ethers.deployContract("AdapterMock");
  await adapter.set(INPUT);
  for (const staker of [operator, rival]) await vault.connect(staker).authorise(requests, true);

  const circuit = { ...CIRCUIT, output: { ...CIRCUIT.output, elements: 2n } };
  const circuitId = await circuits.register.staticCall(circuit);
  await circuits.register(circuit);
  const published = release({
    ...{ publisher: publisher.address, model: "volatility", circuit: circuitId },
    outputFractionBits: FRACTION_BITS,
  });
  const feedRelease = await models.publish.staticCall(published, "");
  await models.publish(published, "");

  const start = BigInt(await networkHelpers.time.latest()) + 10_000n;
  const schedule: ScheduleTerms = {
    release: feedRelease,
    policy: all(signature),
    adapter: await adapter.getAddress(),
    config: "0x1234",
    ...{ start, interval: INTERVAL, minFee: FEE, maxFee: 2n * FEE },
    ...{ stake: ETHER / 10n, bond: ETHER / 100n, cover: 0n },
    ...{ maxGasPrice: 10n ** 10n, verificationGas: 400_000n },
    ...{ callbackGas: 250_000n, provisionalGas: 0n },
    ...{ lockPeriod: LOCK_PERIOD, answerPeriod: ANSWER_PERIOD },
    ...{ minReward: MIN_REWARD, maxReward: MAX_REWARD, rewardRamp: RAMP },
  };
  const terms: FeedScenario["terms"] = ({ schedule: some = {}, ...others } = {}) => ({
    schedule: { ...schedule, ...some },
    ...{ description: "ETH volatility", answerIndex: 0n, confidenceIndex: 1n },
    ...{ decimals: DECIMALS, capacity: CAPACITY, maxAge: MAX_AGE },
    ...others,
  });
  const domain = { ...scenario.domain, router: await router.getAddress() };

  const create: FeedScenario["create"] = async (overrides) => {
    const wanted = terms(overrides);
    const sponsored = scheduler.connect(scenario.requester);
    const feed = await sponsored.create.staticCall(wanted);
    await sponsored.create(wanted, { value: ETHER });
    return ethers.getContractAt("ModelFeed", feed);
  };
  const run: FeedScenario["run"] = async (feed, at) => {
    await networkHelpers.time.setNextBlockTimestamp(at);
    await feed.connect(keeper).run(keeper);
    const request = await feed.latestRequest();
    const [event] = await requests.queryFilter(requests.filters.InferenceRequested(request));
    return { request, params: paramsOf(event!.args.params) };
  };
  const answer: FeedScenario["answer"] = async ({ request, params }, elements) => {
    const output = wordsOf(elements);
    await requests.connect(operator).lock(request, params);
    const evidence = [await sign(operator, domain, scenario.claim(request, params, output))];
    await requests.connect(operator).fulfil(request, params, output, evidence);
    return output;
  };
  return {
    ...scenario,
    ...{ router, requests, scheduler, adapter, feedRelease, disputes, keeper, start, domain },
    escrow: escrowOf(schedule),
    terms,
    create,
    run,
    answer,
    feedRound: async (feed, slot, elements) => {
      await answer(await run(feed, start + slot * INTERVAL), elements);
    },
  };
}

/** The parameters of an event, as they are sent again. */
export function paramsOf(event: Params): Params {
  const policy: Policy = {
    allOf: event.policy.allOf.map(({ anyOf }) => ({
      anyOf: anyOf.map(({ kind, params, pin }) => ({ kind, params, pin })),
    })),
    minStake: event.policy.minStake,
  };
  const { nonce, token, minFee, maxFee, rampStart, stake, bond, cover, maxGasPrice } = event;
  const { verificationGas, callbackGas, provisionalGas, lockDeadline, deadline } = event;
  return {
    ...{ nonce, release: event.release, input: [...event.input], policy, token, minFee, maxFee },
    ...{ rampStart, stake, bond, cover, maxGasPrice, verificationGas, callbackGas },
    ...{ provisionalGas, lockDeadline, deadline },
  };
}
