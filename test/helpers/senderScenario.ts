import type {
  FeePolicy,
  IntentInput,
  Journal,
  MinedReceipt,
  Sender,
  SenderEvent,
  SenderOptions,
} from "@vouch/chain";
import { createSender, memoryJournal, nodeFees, openEndpoints } from "@vouch/chain";
import { expect } from "chai";
import { toBeHex } from "ethers";
import { pino } from "pino";
import type { Faults, FaultyRpc } from "./faultyRpc.ts";
import { startFaultyRpc } from "./faultyRpc.ts";
import type { LocalChain } from "./localChain.ts";
import { EMITTER, LOCAL_CHAIN_ID, startLocalChain } from "./localChain.ts";
import { until } from "./until.ts";

export type RunningSender = {
  readonly sender: Sender;
  readonly events: readonly SenderEvent[];
  /** Stops it as a crash would: what it had under way is left to the journal. */
  readonly stop: () => Promise<void>;
};

export type SenderScenario = {
  readonly chain: LocalChain;
  readonly rpc: FaultyRpc;
  readonly journal: Journal;
  /** Starts a sender; its process of before should have been stopped. */
  readonly run: (
    options?: Partial<SenderOptions>,
    deps?: { readonly journal?: Journal; readonly feePolicy?: FeePolicy },
  ) => Promise<RunningSender>;
  /** Fails unless each intent is in the chain once, and no nonce is left out or used twice. */
  readonly expectOnce: (intents: readonly IntentInput[]) => Promise<void>;
  readonly close: () => Promise<void>;
};

/** An account, a chain, and an endpoint with faults between them. */
export async function senderScenario(
  { automine }: { readonly automine: boolean },
  faults: Partial<Faults> = {},
): Promise<SenderScenario> {
  const chain = await startLocalChain({ automine });
  const rpc = await startFaultyRpc(chain.ask, faults);
  const journal = memoryJournal();
  const stops: (() => Promise<void>)[] = [];
  return {
    chain,
    rpc,
    journal,
    async run(options = {}, deps = {}) {
      const provider = await openEndpoints([rpc.url], { pollIntervalMs: 20, timeoutMs: 1_000 });
      const events: SenderEvent[] = [];
      const sender = await createSender(
        {
          chainId: LOCAL_CHAIN_ID,
          confirmations: 0,
          pollIntervalMs: 20,
          resendMs: 200,
          ...options,
        },
        {
          signer: chain.wallet,
          provider,
          journal,
          feePolicy: nodeFees({ bumpAfterBlocks: 2 }),
          log: pino({ level: "silent" }),
          onEvent: (event) => events.push(event),
          ...deps,
        },
      );
      const running = new AbortController();
      const ended = sender.start(running.signal);
      const stop = async (): Promise<void> => {
        running.abort();
        await ended;
        provider.destroy();
      };
      stops.push(stop);
      if (rpc.faults.nonceOffset === 0)
        await until("the journal is taken up", () => sender.status().isReady);
      return { sender, events, stop };
    },
    async expectOnce(intents) {
      const found = await chain.transactions();
      for (const { key, to, data } of intents) {
        const same = found.filter((it) => it.to === to && it.input === data);
        expect(same, key).to.have.length(1);
      }
      expect(found.map(({ nonce }) => nonce)).to.deep.equal(found.map((_, index) => index));
    },
    async close() {
      for (const stop of stops) await stop();
      await rpc.close();
      await chain.close();
    },
  };
}

/** Intents that differ from one another in key and data. */
export function intents(
  count: number,
  name = "it",
): readonly (IntentInput & { readonly key: string })[] {
  return Array.from({ length: count }, (_, index) => ({
    key: `${name}-${index}`,
    to: EMITTER,
    data: `0x${Buffer.from(name).toString("hex")}${toBeHex(index + 1, 32).slice(2)}` as const,
    gasLimit: 100_000n,
  }));
}

/** Sends all at once. */
export function sendAll(
  sender: Sender,
  wanted: readonly IntentInput[],
): Promise<readonly MinedReceipt[]> {
  return Promise.all(wanted.map((it) => sender.send(it)));
}
