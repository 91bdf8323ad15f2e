import { id } from "ethers";
import type { AddressLike, ContractTransactionResponse } from "ethers";
import type {
  OperatorShares,
  StakeVault,
  WrappedNative,
} from "../../offchain/protocol/typechain/index.ts";
import { connection } from "./deployVouch.ts";

const { ethers, networkHelpers } = connection;

type Signer = Awaited<ReturnType<typeof ethers.getSigners>>[number];

export const ETHER: bigint = 10n ** 18n;
export const DAY: number = 24 * 3600;
export const MAX_LIABILITY: number = 20 * DAY;
export const EXIT_DELAY: number = 21 * DAY;
export const NOTICE_PERIOD: number = 28 * DAY;
export const CLAIM_WINDOW: number = 7 * DAY;
export const LIABILITY: string = id("liability");
export const NOBODY: string = ethers.ZeroAddress;

export type StakeScenario = {
  readonly asset: WrappedNative;
  readonly vault: StakeVault;
  readonly shares: OperatorShares;
  readonly operator: Signer;
  readonly holder: Signer;
  readonly delegator: Signer;
  readonly other: Signer;
  readonly injured: Signer;
  readonly challenger: Signer;
  readonly stranger: Signer;
};

type Party = Pick<StakeScenario, "vault" | "operator" | "holder">;

/** An operator with 10 ether of own stake and a pool without delegators, which trusts `holder` with own stake only. */
export async function deployStake(): Promise<StakeScenario> {
  const [operator, holder, delegator, other, injured, challenger, stranger] =
    await ethers.getSigners();
  const asset = await ethers.deployContract("WrappedNative", ["Wrapped Ether", "WETH"]);
  const vault = await ethers.deployContract("StakeVault", [asset]);
  for (const account of [operator!, delegator!, other!, stranger!]) {
    await asset.connect(account).deposit({ value: 100n * ETHER });
    await asset.connect(account).approve(vault, ethers.MaxUint256);
  }
  const own = vault.connect(operator);
  await own.stake({ value: 10n * ETHER });
  await own.openPool();
  await own.authorise(holder!, true);
  const shares = await ethers.getContractAt("OperatorShares", await vault.sharesOf(operator!));
  for (const account of [delegator!, other!, stranger!]) {
    await asset.connect(account).approve(shares, ethers.MaxUint256);
  }
  return {
    asset,
    vault,
    shares,
    operator: operator!,
    holder: holder!,
    delegator: delegator!,
    other: other!,
    injured: injured!,
    challenger: challenger!,
    stranger: stranger!,
  };
}

/** The same with 90 ether of `delegator`'s, of which `holder` can use all that the leverage limit allows. */
export async function deployDelegated(): Promise<StakeScenario> {
  const scenario = await deployStake();
  await scenario.shares.connect(scenario.delegator).deposit(90n * ETHER, scenario.delegator);
  await networkHelpers.time.increase(NOTICE_PERIOD);
  return scenario;
}

type LiabilityParams = {
  readonly compensation?: bigint;
  readonly seconds?: number;
  readonly liability?: string;
};

/** Opens a liability of `holder` that lasts `seconds`. */
export async function openLiability(
  { vault, operator, holder }: Party,
  amount: bigint,
  { compensation = 0n, seconds = MAX_LIABILITY - 60, liability = LIABILITY }: LiabilityParams = {},
): Promise<ContractTransactionResponse> {
  const until = (await networkHelpers.time.latest()) + seconds;
  return vault.connect(holder).open(operator, liability, amount, compensation, until);
}

type VerdictParams = {
  readonly injured?: AddressLike;
  readonly compensation?: bigint;
  readonly challenger?: AddressLike;
  readonly reward?: bigint;
};

/** A verdict that pays nobody but whom it names. */
export function verdict(
  amount: bigint,
  { injured = NOBODY, compensation = 0n, challenger = NOBODY, reward = 0n }: VerdictParams = {},
): Required<VerdictParams> & { readonly amount: bigint } {
  return { amount, injured, compensation, challenger, reward };
}

/** The second from which a liability is void. */
export async function lapseTimeOf(
  { vault, operator, holder }: Party,
  liability: string = LIABILITY,
): Promise<number> {
  const { lapseDay } = await vault.liabilityOf(operator, holder, liability);
  return Number(lapseDay) * DAY;
}
