import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";
import type { Hex, RequestId } from "@vouch/protocol";
import { decodeRequestParams, enumName, REQUEST_STATUSES } from "@vouch/protocol";
import type { DutyStep, RoundDeps } from "@vouch/worker";
import {
  challengeWrong,
  followAnswer,
  messageOf,
  openPanel,
  readRound,
  serveRound,
} from "@vouch/worker";
import type { DutySite } from "./dutyDeps.ts";
import { dutyDeps } from "./dutyDeps.ts";

/** What an operator does beside answering: it sits on panels, and looks at the answers of others. */
export type LocalDuties = {
  /** Reads what happened since, and takes each duty as far as it goes now. */
  readonly poll: () => Promise<void>;
};

type Duty = {
  readonly what: string;
  readonly take: (within: RoundDeps) => Promise<DutyStep>;
  /** Second of the chain before which there is nothing to do. */
  readonly until: number;
  readonly failures: number;
};

/** Members of one process need no turns: they come one after the other. */
const AT_ONCE = { turnSeconds: 0, minFee: 1n } as const;
/** Whoever tests a wrong answer wants it challenged, and the money is nobody's. */
const ANY_COST = { maxBond: 2n ** 96n, maxOutstanding: 2n ** 96n, minReturn: 0n } as const;
const MAX_FAILURES = 5;

/** Returns an operator's duties in one history of the chain; only members of pools have any on panels. */
export function createDuties(
  signer: HardhatEthersSigner,
  isMember: boolean,
  site: DutySite,
): LocalDuties {
  const { chain, releases, log, inTurn } = site;
  const duties = new Map<string, Duty>();
  let nextBlock = chain.deployment.fromBlock;
  let deps: Promise<RoundDeps> | undefined;

  const add = (key: string, what: string, take: Duty["take"]): void => {
    duties.set(key, { what, take, until: 0, failures: 0 });
  };

  async function readLogs({ contracts, courts, operator }: RoundDeps): Promise<void> {
    const { requests } = contracts;
    const head = await chain.connection.ethers.provider.getBlockNumber();
    if (head < nextBlock) return;
    for (const { args } of await requests.queryFilter(
      requests.filters.InferenceFulfilled(),
      nextBlock,
      head,
    )) {
      if (args.operator.toLowerCase() === operator) continue; // its worker stands by it
      const id = args.id as RequestId;
      add(`answer:${id}`, `the answer to ${id}`, (within) => followForeign(id, within));
    }
    if (isMember && courts.panels !== undefined) {
      for (const { args, blockNumber } of await requests.queryFilter(
        requests.filters.InferenceRequested(),
        nextBlock,
        head,
      )) {
        const id = args.id as RequestId;
        const params = decodeRequestParams(args.params);
        if (!releases.has(params.release)) continue;
        add(`panel:${id}`, `a panel for ${id}`, async (within) => {
          const asked = await chain.connection.ethers.provider.getBlock(blockNumber);
          return openPanel(id, params, asked?.timestamp ?? 0, AT_ONCE, within);
        });
      }
      const { quorum } = courts.panels;
      for (const { args } of await quorum.queryFilter(
        quorum.filters.RoundOpened(),
        nextBlock,
        head,
      )) {
        const round = args.round as Hex;
        add(`round:${round}`, `round ${round}`, (within) => sit(round, within));
      }
    }
    nextBlock = head + 1;
  }

  /**
   * A round's seed is a block of the future, and on a chain that mines what it is sent none comes by itself. Nor does its clock go on
   * there, so that a member looks again at each turn: the others may all have committed long before they had to.
   */
  async function sit(id: Hex, within: RoundDeps): Promise<DutyStep> {
    const { panels } = within.courts;
    const round = panels && (await readRound(id, panels, within));
    const { provider } = chain.connection.ethers;
    if (round?.status === "open")
      while ((await provider.getBlockNumber()) <= round.seedBlock)
        await provider.send("evm_mine", []);
    const step = await serveRound(id, AT_ONCE, within);
    return step.status === "waiting" ? { status: "waiting", until: 0 } : step;
  }

  async function takeAll(within: RoundDeps): Promise<void> {
    const now = (await chain.connection.ethers.provider.getBlock("latest"))?.timestamp ?? 0;
    for (const [key, duty] of duties) {
      if (now < duty.until) continue;
      try {
        const step = await inTurn(() => duty.take(within));
        if (step.status === "over") duties.delete(key);
        else duties.set(key, { ...duty, until: step.status === "waiting" ? step.until : 0 });
      } catch (error) {
        const failures = duty.failures + 1;
        if (failures < MAX_FAILURES) duties.set(key, { ...duty, failures });
        else {
          duties.delete(key);
          const { operator } = within;
          log.warn({ operator, duty: duty.what, error: messageOf(error) }, "duty given up");
        }
      }
    }
  }

  return {
    async poll() {
      deps ??= dutyDeps(signer, site);
      const within = await deps.catch((error: unknown) => {
        deps = undefined; // the chain may answer the next time
        throw error;
      });
      await readLogs(within);
      await takeAll(within);
    },
  };
}

/** Another's answer is challenged where it is wrong; what comes of that is followed to its end. */
async function followForeign(id: RequestId, within: RoundDeps): Promise<DutyStep> {
  const status = enumName(REQUEST_STATUSES, await within.contracts.requests.statusOf(id));
  return status === "provisional"
    ? challengeWrong(id, ANY_COST, within)
    : followAnswer(id, { defends: within.operator, rerunLimit: 0n }, within);
}
