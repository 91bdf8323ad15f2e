import type { Hex, RequestId } from "@vouch/protocol";
import { solidityPackedKeccak256 } from "ethers";
import type { DutyDeps, DutyStep } from "./duty.ts";
import { act, addressOf, chainNow, OVER } from "./duty.ts";

/** Reads its operator's answers from the log once, as they come. */
export type StakeKeeperOptions = {
  /** Blocks asked of the node at once. */
  readonly blockRange: number;
  /** Blocks on top of an answer before it is counted: no reorg is as deep. */
  readonly confirmations: number;
};

/** Ends the liabilities of answers that need their stake no longer. */
export type StakeKeeper = {
  /** Frees what is due, at most `BATCH` liabilities at once; over where nothing is, or waiting until something will be. */
  readonly free: () => Promise<DutyStep>;
};

/** Liabilities that one transaction ends, far below what its gas allows. */
const BATCH = 100;
/** `Finality.Final` on-chain. */
const FINAL = 2n;
/** Between looks at an answer that is open to challenge: its end is not known. */
const LOOK_SECONDS = 3_600;

/**
 * Builds a keeper that begins at the deployment's first block: all that it must remember is on the chain. Each answer is read once,
 * and looked at again no earlier than its stake may be free.
 */
export function createStakeKeeper(
  { blockRange, confirmations }: StakeKeeperOptions,
  deps: Pick<DutyDeps, "contracts" | "operator" | "send" | "log" | "fromBlock">,
): StakeKeeper {
  const { requests, vault } = deps.contracts;
  /** Second from which to look at an answer whose liability is open. */
  const open = new Map<RequestId, number>();
  let nextBlock = deps.fromBlock;

  async function readAnswers(): Promise<void> {
    const head = (await requests.runner?.provider?.getBlockNumber()) ?? 0;
    while (nextBlock <= head - confirmations) {
      const last = Math.min(head - confirmations, nextBlock + blockRange - 1);
      const events = await requests.queryFilter(
        requests.filters.InferenceFulfilled(undefined, undefined, deps.operator),
        nextBlock,
        last,
      );
      for (const { args } of events) open.set(args.id as RequestId, 0);
      nextBlock = last + 1;
    }
  }

  /** Returns the second from which the liability of an answer can be ended; undefined where it has been. */
  async function freeFrom(id: RequestId, now: number, period: number): Promise<number | undefined> {
    const { own, delegated } = await vault.liabilityOf(deps.operator, requests, id);
    if (own + delegated === 0n) return undefined;
    const { finality, movedAt } = await requests.resultOf(id);
    return finality === FINAL ? Number(movedAt) + period : now + LOOK_SECONDS;
  }

  async function free(): Promise<DutyStep> {
    await readAnswers();
    const now = await chainNow(deps.contracts);
    const period = Number(await requests.LIABILITY_PERIOD());
    const due: RequestId[] = [];
    for (const [id, lookAt] of open) {
      if (now < lookAt || due.length === BATCH) continue;
      const from = await freeFrom(id, now, period);
      if (from === undefined) open.delete(id);
      else if (from <= now) due.push(id);
      else open.set(id, from);
    }
    if (due.length === 0)
      return open.size === 0 ? OVER : { status: "waiting", until: Math.min(...open.values()) };
    const step = await act(deps, {
      key: `freeStake:${solidityPackedKeccak256(["bytes32[]"], [due])}`,
      to: await addressOf(requests),
      data: requests.interface.encodeFunctionData("freeStake", [due]) as Hex,
    });
    if (step.status === "sent") for (const id of due) open.delete(id);
    return step;
  }

  return { free };
}
