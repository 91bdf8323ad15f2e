import { ZeroAddress } from "ethers";
import { contractAt } from "./contractAt.ts";
import type { Contracts } from "./contracts.ts";
import { evidenceKindIndex } from "./evidence.ts";
import { DISPUTES_ABI } from "./abi/Disputes.ts";
import { OPERATOR_POOLS_ABI } from "./abi/OperatorPools.ts";
import { PANEL_ARBITER_ABI } from "./abi/PanelArbiter.ts";
import { QUORUM_ABI } from "./abi/Quorum.ts";
import type { Disputes, OperatorPools, PanelArbiter, Quorum } from "./typechain/index.ts";

export type { Disputes, OperatorPools, PanelArbiter, Quorum };

/** What panels of operators are drawn by. */
export type Panels = {
  /** Orders the rounds that decide disputes. */
  readonly arbiter: PanelArbiter;
  readonly quorum: Quorum;
  readonly pools: OperatorPools;
};

/** Who decides what operators disagree on. */
export type Courts = {
  readonly disputes: Disputes;
  /** None where the router takes no evidence from a quorum. */
  readonly panels: Panels | undefined;
};

/** Returns the contracts that decide on answers to these requests, as the requests and their router name them. */
export async function connectCourts({
  requests,
  router,
}: Pick<Contracts, "requests" | "router">): Promise<Courts> {
  const { runner } = requests;
  const disputes = contractAt<Disputes>(DISPUTES_ABI, await requests.disputes(), runner);
  const verifier = await router.verifierOf(evidenceKindIndex("quorum"));
  if (verifier === ZeroAddress) return { disputes, panels: undefined };
  const quorum = contractAt<Quorum>(QUORUM_ABI, verifier, runner);
  const pools = contractAt<OperatorPools>(OPERATOR_POOLS_ABI, await quorum.pools(), runner);
  const arbiter = contractAt<PanelArbiter>(PANEL_ARBITER_ABI, await disputes.arbiter(), runner);
  return { disputes, panels: { arbiter, quorum, pools } };
}

/** Where a dispute stands, in the order of `IDisputes.Status`; the last three are final. */
export const DISPUTE_STATUSES = [
  "none",
  "awaitingProof",
  "awaitingQuorum",
  "upheld",
  "overturned",
  "undecided",
] as const;

/** Where a panel's round stands, in the order of `RoundStatus` on-chain; the last two are final. */
export const ROUND_STATUSES = ["none", "open", "drawn", "concluded", "failed"] as const;

/** How far a member of a panel has come, in the order of `SeatStatus` on-chain. */
export const SEAT_STATUSES = ["none", "seated", "committed", "revealed", "agreed"] as const;

/** What an arbiter says of a round, in the order of `IArbiter.Outcome`. */
export const ROUND_OUTCOMES = ["none", "pending", "decided", "failed"] as const;
