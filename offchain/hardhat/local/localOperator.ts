import { createHash, randomBytes } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";
import { developmentCollateral, simulatedSource } from "@vouch/attestation/simulated";
import type { Hex, ReleaseId } from "@vouch/protocol";
import type { Enclave, Releases } from "@vouch/worker";
import {
  createWorker,
  memorySignLog,
  messageOf,
  noCursor,
  openEnclave,
  panelSecret,
  sealedOpenings,
} from "@vouch/worker";
import type { Logger } from "pino";
import type { Chain } from "../tasks/openChain.ts";
import { contractsAs } from "../tasks/openChain.ts";
import { announceKey, ensureStake } from "../tasks/openWorker.ts";
import { POLL_MS } from "./dutyDeps.ts";
import { historyOf } from "./histories.ts";
import { joinPanels } from "./joinPanels.ts";
import { createDuties } from "./localDuties.ts";
import type { OneAtATime } from "./oneAtATime.ts";
import type { LocalSettings } from "./options.ts";
import { markProving, whileProving } from "./proverRest.ts";

/** A staked account and the worker that serves in its name. */
export type LocalOperator = {
  readonly address: Hex;
  readonly signer: HardhatEthersSigner;
  /** What a publisher approves for the enclave that it signs by; undefined without one. */
  readonly measurement: Hex | undefined;
};

/** What an operator works with. */
export type OperatorDeps = {
  readonly chain: Chain;
  /** Grows as models are published. */
  readonly releases: Releases;
  readonly log: Logger;
  /** See `DutySite`. */
  readonly inTurn: OneAtATime;
};

/** What serves in one history of the chain. */
type Serving = { readonly poll: () => Promise<void> };

/** An operator that can be started; it ends when its signal fires. */
export type OperatorService = {
  readonly operator: LocalOperator;
  /** Makes it a member of the pools of a release; of none where it is the only operator. */
  readonly join: (release: ReleaseId) => Promise<void>;
  readonly start: (signal: AbortSignal) => Promise<void>;
};

/** Stakes for an account, registers the key of its enclave where it has one, and returns its service. */
export async function openOperator(
  signer: HardhatEthersSigner,
  { operators, stake, tee, onEvent }: LocalSettings,
  { chain, releases, log, inTurn }: OperatorDeps,
): Promise<OperatorService> {
  const address = signer.address.toLowerCase() as Hex;
  const contracts = contractsAs(chain, signer);
  await ensureStake(chain, signer, stake);
  const openings = sealedOpenings(chain.home, await announceKey(chain, signer));
  const enclave = tee === "off" ? undefined : await openSimulated(chain, signer, log);
  // Its memory is of one history of the chain: what it signed in another binds nobody in this one.
  const isMember = operators > 1;
  const site = { chain, releases, log, openings, inTurn, secret: panelSecret(randomBytes(32)) };
  const begin = (): Serving => {
    const worker = createWorker(
      { startBlock: chain.deployment.fromBlock, pollIntervalMs: POLL_MS },
      {
        ...{ signer, operator: address, contracts, releases, openings, log },
        ...{ domain: chain.domain, home: chain.home, cursor: noCursor, signLog: memorySignLog() },
        ...(enclave === undefined ? {} : { enclave }),
        onEvent: (event) => {
          if (event.status === "proofMade") markProving();
          onEvent(event);
        },
      },
    );
    const duties = createDuties(signer, isMember, site);
    return {
      async poll() {
        await worker.poll();
        await duties.poll();
      },
    };
  };
  return {
    operator: { address, signer, measurement: enclave?.measurement },
    async join(release) {
      if (isMember) await joinPanels(release, signer, site);
    },
    start: (signal) => serve(chain, begin, log, signal),
  };
}

/** Serves until the signal fires; begins anew where the chain was taken back, as tests do between them. */
async function serve(
  { connection }: Chain,
  begin: () => Serving,
  log: Logger,
  signal: AbortSignal,
): Promise<void> {
  const { provider } = connection.ethers;
  let serving = begin();
  let seen = { number: 0, hash: "" };
  let history = historyOf(connection);
  while (!signal.aborted) {
    try {
      const head = await provider.getBlock("latest");
      const last = seen.hash === "" ? null : await provider.getBlock(seen.number);
      const isOther = seen.hash !== "" && last?.hash !== seen.hash;
      if (isOther || historyOf(connection) !== history) serving = begin();
      history = historyOf(connection);
      seen = { number: head?.number ?? 0, hash: head?.hash ?? "" };
      await whileProving(() => serving.poll());
    } catch (error) {
      if (isAborted(signal)) return;
      log.warn({ error: messageOf(error) }, "cannot read the chain; trying again");
    }
    await pause(signal);
  }
}

/**
 * Waits until it is time to look again, or the signal fires. A set-up that nobody closes must not keep the process, and one that is
 * being closed must not wait for what does not keep it.
 */
async function pause(signal: AbortSignal): Promise<void> {
  await delay(POLL_MS, undefined, { ref: false, signal }).catch((error: unknown) => {
    if (!isAborted(signal)) throw error;
  });
}

/** Asked again, since a signal fires while others work. */
function isAborted(signal: AbortSignal): boolean {
  return signal.aborted;
}

/** Each operator's enclave has a measurement of its own. */
function openSimulated(chain: Chain, signer: HardhatEthersSigner, log: Logger): Promise<Enclave> {
  const operator = signer.address.toLowerCase() as Hex;
  const rtmr3 = createHash("sha384").update(`vouch.local ${operator}`).digest();
  return openEnclave(
    {},
    {
      ...{ operator, log, source: simulatedSource(rtmr3) },
      contracts: contractsAs(chain, signer),
      provider: chain.connection.ethers.provider,
      collateral: (_quote, time) => Promise.resolve(developmentCollateral(new Date(time * 1000))),
    },
  );
}
