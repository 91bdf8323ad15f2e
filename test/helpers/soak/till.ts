import { setTimeout as delay } from "node:timers/promises";
import type { Hex } from "@vouch/protocol";
import { parseReceipt, verifyReceipt } from "@vouch/protocol";
import { freePort } from "../freePort.ts";
import type { OperatorSite } from "../operatorProcess.ts";
import { FUNDS } from "../operatorProcess.ts";
import type { ReconciledRow } from "./report.ts";
import type { Processes } from "./processes.ts";
import { keepRunning } from "./processes.ts";
import { untilNoneLeft } from "./untilNoneLeft.ts";

/** A gateway in a process of its own that is paid by HTTP, and clients that pay it. */
export type SoakTill = {
  readonly gateway: Processes;
  /** Pays for an inference and asks for it, by the stock client, until an answer is there. */
  readonly ask: () => void;
  /** Waits until every answer is there and every payment is taken, or nothing changes for so long; says of which they are not. */
  readonly settled: (stallMs: number) => Promise<readonly string[]>;
  /** Ids of the requests that were answered. */
  readonly answered: () => ReadonlySet<Hex>;
  readonly reconcile: () => Promise<readonly ReconciledRow[]>;
  readonly close: () => Promise<void>;
};

type Answer = { readonly id: Hex; readonly receipt: unknown };

const PRICE = 10n;
const AGAIN_MS = 400;
const PATIENCE_MS = 15_000;
const VALID_SECONDS = 3_600;

/** Opens a till whose gateway shares the store of the operator's workers, and settles by a key of its own. */
export async function openTill(
  site: OperatorSite,
  databaseUrl: string,
  rpc: string,
): Promise<SoakTill> {
  const port = await freePort();
  const url = `http://127.0.0.1:${String(port)}`;
  const settings = {
    VOUCH_CHAIN_RPC: rpc,
    VOUCH_CHAIN_POLL_MS: "300",
    VOUCH_DATABASE_URL: databaseUrl,
    VOUCH_HTTP_PORT: String(port),
    VOUCH_PAYMENTS_PRICES: `*:signature:${String(PRICE)}`,
    VOUCH_PAYMENTS_VALID_SECONDS: String(VALID_SECONDS),
    VOUCH_PAYMENTS_MAX_UNSETTLED: "10000",
    VOUCH_PAYMENTS_FACILITATOR_KEY_FILE: site.facilitator.keyFile,
    ...Object.fromEntries(
      ["INFER", "PROVE", "SETTLE", "WATCH"].map((queue) => [`VOUCH_WORK_${queue}`, "0"]),
    ),
  };
  const gateway = await keepRunning(1, () => site.start(settings));
  const answers: Answer[] = [];
  const twice = new Set<Hex>();
  const open = new Set<Promise<void>>();
  const over = new AbortController();
  const failures = new Map<string, number>();

  const note = (why: string): void => {
    failures.set(why, (failures.get(why) ?? 0) + 1);
  };

  /** What a patient client sends: the same request, with the same payment, until it is answered. */
  const persistent: typeof fetch = async (input, init) => {
    const request = new Request(input, init);
    const isPaid = request.headers.has("payment-signature");
    for (;;) {
      over.signal.throwIfAborted();
      const said = await attempt(request.clone());
      if (said instanceof Response && (said.ok || (!isPaid && said.status === 402))) return said;
      note(said instanceof Response ? String(said.status) : said);
      await delay(AGAIN_MS);
    }
  };

  async function pay(x: number): Promise<void> {
    const tensor = [x / 64, 0.25, -0.5, 0.125];
    const response = await site.pay("signature", persistent)(`${url}/v1/infer/tiny`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ tensor }),
    });
    const answer = (await response.json()) as Answer;
    if (answers.some(({ id }) => id === answer.id)) twice.add(answer.id);
    answers.push(answer);
  }

  let asked = 0;
  return {
    gateway,
    ask() {
      const paying = pay(asked++ % 64).catch((error: unknown) => {
        if (!over.signal.aborted) note(error instanceof Error ? error.message : String(error));
      });
      open.add(paying);
      void paying.finally(() => open.delete(paying));
    },
    async settled(stallMs) {
      const unanswered = await untilNoneLeft(
        () => Promise.resolve(open.size === 0 ? [] : [`${String(open.size)} are asked`]),
        stallMs,
      );
      const unpaid = new Set(answers.map(({ id }) => id));
      const left = await untilNoneLeft(async () => {
        for (const id of unpaid) if ((await stateOf(url, id)) === "captured") unpaid.delete(id);
        return [...unpaid].map((id) => `answer ${id} is not paid`);
      }, stallMs);
      const why = [...failures].map(([word, count]) => `${word} × ${String(count)}`).join(", ");
      const lost = asked - answers.length;
      return [
        ...unanswered,
        ...(lost === 0 ? [] : [`${String(lost)} payments without an answer (${why})`]),
        ...left,
      ];
    },
    answered: () => new Set(answers.map(({ id }) => id)),
    async reconcile() {
      const count = (what: string, expected: number, found: number): ReconciledRow => ({
        ...{ what, unit: "count", expected: BigInt(expected), found: BigInt(found) },
      });
      const units = (what: string, expected: bigint, found: bigint): ReconciledRow => ({
        ...{ what, unit: "token", expected, found },
      });
      const due = PRICE * BigInt(answers.length);
      const { token } = site;
      const used = await token.queryFilter(token.filters.AuthorizationUsed(site.payer.address));
      return [
        count("HTTP: requests answered", asked, answers.length),
        count("HTTP: answers to two requests", 0, twice.size),
        count("HTTP: receipts that verify", answers.length, answers.filter(verifies).length),
        count("HTTP: payments taken, each once", answers.length, new Set(used.map(nonceOf)).size),
        units(
          "HTTP: paid = answers × price",
          due,
          FUNDS - (await token.balanceOf(site.payer.address)),
        ),
        units("HTTP: earned = answers × price", due, await token.balanceOf(site.operator)),
      ];
    },
    async close() {
      over.abort();
      await Promise.all(open);
      await gateway.close();
    },
  };
}

function verifies({ id, receipt }: Answer): boolean {
  const { assurance } = verifyReceipt(parseReceipt(receipt), { request: id });
  return assurance.kinds.includes("signature");
}

function nonceOf({ args }: { readonly args: { readonly nonce: string } }): string {
  return args.nonce;
}

/** Returns what came, or why nothing did. */
async function attempt(request: Request): Promise<Response | string> {
  try {
    return await fetch(request, { signal: AbortSignal.timeout(PATIENCE_MS) });
  } catch (error) {
    if (error instanceof Error && (error instanceof TypeError || error.name === "TimeoutError"))
      return error.name;
    throw error;
  }
}

async function stateOf(url: string, id: Hex): Promise<string | undefined> {
  const said = await attempt(new Request(`${url}/v1/receipts/${id}`));
  if (!(said instanceof Response) || !said.ok) return undefined;
  return ((await said.json()) as { readonly payment?: { readonly state: string } }).payment?.state;
}
