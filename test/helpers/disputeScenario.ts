/** Test only: a deployment whose answers can be challenged, by proof or by panels that end as a test says. */
import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";
import { ZeroHash } from "ethers";
import type {
  ArbiterMock,
  Disputes,
  EvidenceRouter,
  HostileRequester,
  InferenceRequests,
} from "../../offchain/protocol/typechain/index.ts";
import { connection } from "./deployVouch.ts";
import type { Evidence, Params, Policy, Requirement, Scenario } from "./vouchScenario.ts";
import { GOOD, TRUST, all, deployScenario, escrowOf, prove } from "./vouchScenario.ts";

const { ethers, networkHelpers } = connection;

export const DAY = 86_400n;
export const WINDOW: bigint = DAY;
export const RESPONSE_PERIOD: bigint = 3n * DAY;
export const CONCLUSION_PERIOD: bigint = DAY;
export const ROUND_PERIOD: bigint = DAY;
export const DISPUTE = {
  proof: 1n,
  quorum: 2n,
  upheld: 3n,
  overturned: 4n,
  undecided: 5n,
} as const;
export const STATUS = { challenged: 4n, fulfilled: 5n, overturned: 6n } as const;
export const FINALITY = { provisional: 1n, final: 2n, overturned: 3n } as const;

/** Answers stand for `window`; a challenge is decided by a proof. */
export const optimistic = (
  window: bigint = WINDOW,
  trust: bigint = TRUST.any,
  pin: string = ZeroHash,
): Requirement => ({ kind: 2n, params: window | (trust << 40n), pin });

/** Answers stand for `window`; a challenge is decided by `k` of `n` operators. */
export const byQuorum = (window: bigint = WINDOW, k = 2n, n = 3n): Requirement => ({
  kind: 2n,
  params: window | (k << 48n) | (n << 56n),
  pin: ZeroHash,
});

/** A provisional answer by `operator`. */
export type Answer = {
  readonly id: string;
  readonly terms: Params;
  readonly output: bigint[];
  readonly windowEnd: bigint;
  /** A proof of the answer's statement. */
  readonly proof: string;
};

export type DisputeScenario = Omit<Scenario, "arbiter"> & {
  readonly disputes: Disputes;
  readonly arbiter: ArbiterMock;
  readonly challenger: HardhatEthersSigner;
  /** Asks as `requester`, or as a contract, and answers as `operator`, without evidence unless given. */
  readonly answered: (options?: {
    readonly policy?: Policy;
    readonly overrides?: Partial<Params>;
    readonly output?: bigint[];
    readonly as?: HostileRequester;
    readonly evidence?: (id: string, terms: Params) => Promise<Evidence[]> | Evidence[];
  }) => Promise<Answer>;
  /** Challenges an answer as `challenger`; returns the last second of the response. */
  readonly challenged: (answer: Answer) => Promise<bigint>;
};

/** The shared scenario, with requests whose answers a disputes contract decides. */
export async function deployDisputes(): Promise<DisputeScenario> {
  const scenario = await deployScenario();
  const { vault, models, circuits, signatures, groth16, operator, rival } = scenario;
  const [, , , , , challenger] = await ethers.getSigners();
  const arbiter: ArbiterMock = await ethers.deployContract("ArbiterMock", [ROUND_PERIOD]);
  const router: EvidenceRouter = await ethers.deployContract("EvidenceRouter", [
    models,
    circuits,
    [signatures, groth16, arbiter],
  ]);
  const disputes: Disputes = await ethers.deployContract("Disputes", [router, arbiter]);
  const requests: InferenceRequests = await ethers.deployContract("InferenceRequests", [
    router,
    vault,
    models,
    circuits,
    signatures,
    disputes,
  ]);
  for (const staker of [operator, rival]) await vault.connect(staker).authorise(requests, true);
  const domain = { ...scenario.domain, router: await router.getAddress() };

  const answered: DisputeScenario["answered"] = async ({
    policy = all(optimistic()),
    overrides = {},
    output = GOOD,
    as,
    evidence,
  } = {}) => {
    const terms = await scenario.params({ policy, ...overrides });
    const value = escrowOf(terms);
    if (as === undefined) {
      await requests.connect(scenario.requester).request(terms, { value });
    } else {
      const call = requests.interface.encodeFunctionData("request", [terms]);
      await as.execute(requests, call, { value });
    }
    const id = await requests.requestIdOf(as ?? scenario.requester, terms.nonce);
    await requests.connect(operator).lock(id, terms);
    const shown = (await evidence?.(id, terms)) ?? [];
    await requests.connect(operator).fulfil(id, terms, output, shown);
    const proof = prove(domain, scenario.claim(id, terms, output)).data;
    return { id, terms, output, windowEnd: await requests.windowEndOf(id), proof };
  };

  return {
    ...scenario,
    router,
    requests,
    domain,
    disputes,
    arbiter,
    challenger: challenger!, // Hardhat has twenty accounts
    answered,
    challenged: async ({ id, terms, output }) => {
      await disputes
        .connect(challenger)
        .challenge(requests, id, terms, output, { value: terms.bond });
      return (await disputes.disputeOf(requests, id)).decideBy;
    },
  };
}

/** Makes the next block one of this second. */
export const at = (time: bigint): Promise<void> => networkHelpers.time.setNextBlockTimestamp(time);
