/** Test only: a hook that takes the fee from a feed, at an address that pools call. */
import type { ContractTransactionResponse } from "ethers";
import { ZeroAddress, concat, id } from "ethers";
import type {
  ModelFeed,
  PoolManagerMock,
  VolatilityFee,
} from "../../offchain/protocol/typechain/index.ts";
import {
  CREATE2_DEPLOYER,
  VOLATILITY_FEE_FLAGS,
  hookSaltOf,
} from "../../scripts/examples/hookSalt.ts";
import { CREATE2_CODE } from "./create2.ts";
import { connection } from "./deployVouch.ts";
import { INTERVAL, MAX_AGE, deployFeeds } from "./feedScenario.ts";
import type { FeedScenario } from "./feedScenario.ts";
import { all, signature } from "./vouchScenario.ts";
import type { Policy } from "./vouchScenario.ts";

const { ethers, networkHelpers } = connection;
const ONE = 10n ** 8n;
const DYNAMIC = 0x800000n;
const PLENTY = 2_000_000n;

export const FALLBACK = 8_000n;
export const HEARTBEAT: bigint = INTERVAL + 600n;
export const SOURCE = { following: 1n, unavailable: 2n, stale: 3n, weak: 4n } as const;
export const SWAP = { zeroForOne: true, amountSpecified: -1n, sqrtPriceLimitX96: 1n };
/** From 0.05 % at -1 to 0.3 % at 0 and 1 % at 1. */
export const CURVE: readonly Knot[] = [
  { answer: -ONE, fee: 500n },
  { answer: 0n, fee: 3_000n },
  { answer: ONE, fee: 10_000n },
];

export type Knot = { readonly answer: bigint; readonly fee: bigint };
export type Rules = {
  floor: Policy;
  curve: Knot[];
  fallbackFee: bigint;
  maxInputAge: bigint;
  heartbeat: bigint;
};
export const RULES: Rules = {
  floor: all(signature),
  curve: [...CURVE],
  fallbackFee: FALLBACK,
  maxInputAge: MAX_AGE - 600n,
  heartbeat: HEARTBEAT,
};

export type HookScenario = FeedScenario & {
  readonly pools: PoolManagerMock;
  readonly feed: ModelFeed;
  readonly hook: VolatilityFee;
  readonly key: {
    readonly currency0: string;
    readonly currency1: string;
    readonly fee: bigint;
    readonly tickSpacing: bigint;
    readonly hooks: string;
  };
  /** What the hook was deployed with. */
  readonly args: readonly [string, string, string, string, Rules];
  readonly swap: (gasLimit?: bigint) => Promise<ContractTransactionResponse>;
};

/** Deploys a feed whose answers meet `policy`, and a hook whose rules differ by `change`. */
export async function deployHook(
  change: Partial<Rules> = {},
  policy: Policy = all(signature),
): Promise<HookScenario> {
  const scenario = await networkHelpers.loadFixture(deployFeeds);
  await networkHelpers.setCode(CREATE2_DEPLOYER, CREATE2_CODE);
  const pools = await ethers.deployContract("PoolManagerMock");
  const feed = await scenario.create({ schedule: { policy } });
  const factory = await ethers.getContractFactory("VolatilityFee");
  const args = [
    await pools.getAddress(),
    await scenario.scheduler.getAddress(),
    await feed.getAddress(),
    scenario.feedRelease,
    { ...RULES, ...change },
  ] as const;
  const { data } = await factory.getDeployTransaction(...args);
  const { salt, address } = hookSaltOf(data, VOLATILITY_FEE_FLAGS);
  await scenario.stranger.sendTransaction({ to: CREATE2_DEPLOYER, data: concat([salt, data]) });
  const key = {
    ...{ currency0: ZeroAddress, currency1: id("token").slice(0, 42), fee: DYNAMIC },
    ...{ tickSpacing: 60n, hooks: address },
  };
  return {
    ...scenario,
    ...{ pools, feed, key, args },
    hook: await ethers.getContractAt("VolatilityFee", address),
    swap: (gasLimit = PLENTY) => pools.swap(key, SWAP, gasLimit),
  };
}
