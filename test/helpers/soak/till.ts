import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Hex, RequestId } from "@vouch/protocol";
import { freePort } from "../freePort.ts";
import type { OperatorSite } from "../operatorProcess.ts";
import type { Customers, PurchaseKind, Question } from "./customers.ts";
import { PRICE, REFUSED_PRICE, RESOURCE, wayOf } from "./customers.ts";
import { attempt, patientFetch } from "./patientFetch.ts";
import type { Processes } from "./processes.ts";
import { keepRunning } from "./processes.ts";
import { untilNoneLeft } from "./untilNoneLeft.ts";

/** A question that is paid for by HTTP, and what has come of it so far. */
export type Purchase = {
  readonly question: Question;
  /** Of the request that an escrow is for, once it is signed; of any other, once it is answered. */
  id: RequestId | undefined;
  receipt: unknown;
  /** The escrow was given back. */
  isVoided: boolean;
};

/** A gateway in a process of its own that is paid by HTTP, and clients that pay it. */
export type SoakTill = {
  readonly gateway: Processes;
  readonly purchases: readonly Purchase[];
  /**
   * Pays for an inference and asks for it, by the stock client, until an answer is there or its payment is over. Nothing where too
   * many wait for theirs.
   */
  readonly ask: (kind: PurchaseKind) => void;
  /**
   * Waits until every answer is there, what is paid at once is taken, and what is paid by voucher is posted, or nothing changes for so
   * long; says of which they are not.
   */
  readonly served: (stallMs: number) => Promise<readonly string[]>;
  /** The same, until vouchers are taken and escrows that nobody took are given back: both take the chain's time. */
  readonly paid: (stallMs: number) => Promise<readonly string[]>;
  readonly close: () => Promise<void>;
};

/** Customers that wait at once. More than faults make wait, as long as the machine is not too slow for the load anyway. */
const MOST_WAITING = 96;
const VALID_SECONDS = 3_600;
/** In it even workers that start again and again, on a machine that is busy, take what they are to take. */
const LOCK_SECONDS = 900;

/**
 * Opens a till whose gateway settles by a key of its own.
 *
 * @param shared settings of the operator's workers: endpoints, store
 */
export async function openTill(
  site: OperatorSite,
  customers: Customers,
  shared: Readonly<Record<string, string>>,
): Promise<SoakTill> {
  const port = await freePort();
  const url = `http://127.0.0.1:${String(port)}`;
  const folder = mkdtempSync(join(tmpdir(), "vouch-till-"));
  const config = join(folder, "prices.json");
  writeFileSync(config, JSON.stringify({ payments: { prices: PRICES } }));
  const settings = {
    ...shared,
    VOUCH_CONFIG: config,
    VOUCH_HTTP_PORT: String(port),
    VOUCH_PAYMENTS_VALID_SECONDS: String(VALID_SECONDS),
    VOUCH_PAYMENTS_MAX_UNSETTLED: "10000",
    // As many as the key may have in no block: what faults kept from being settled is settled behind them.
    VOUCH_PAYMENTS_SETTLE_AT_ONCE: "16",
    VOUCH_PAYMENTS_ESCROW_LOCK_SECONDS: String(LOCK_SECONDS),
    VOUCH_PAYMENTS_ESCROW_SECONDS: "1800",
    VOUCH_PAYMENTS_VOUCHER_BATCH_SECONDS: "15",
    VOUCH_PAYMENTS_VOUCHER_POLL_MS: "2000",
    VOUCH_PAYMENTS_FACILITATOR_KEY_FILE: site.facilitator.keyFile,
    ...Object.fromEntries(
      ["INFER", "PROVE", "SETTLE", "WATCH"].map((queue) => [`VOUCH_WORK_${queue}`, "0"]),
    ),
  };
  const gateway = await keepRunning(1, () => site.start(settings));
  const purchases: Purchase[] = [];
  const open = new Set<Promise<void>>();
  const over = new AbortController();
  const patient = patientFetch(over.signal);
  const errors = new Map<string, number>();

  async function buy(purchase: Purchase): Promise<void> {
    const { question } = purchase;
    const pay = customers.pay(question, patient.fetchFor(wayOf(question)), (id) => {
      purchase.id = id;
    });
    const response = await pay(`${url}${RESOURCE}`, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        "x-vouch-policy": question.kind === "refused" ? REFUSED : "signature",
      },
      body: JSON.stringify({ tensor: question.tensor }),
    });
    if (!response.ok) {
      purchase.isVoided = true;
      return;
    }
    const { id, receipt } = (await response.json()) as { readonly id: RequestId; receipt: unknown };
    Object.assign(purchase, { id, receipt });
  }

  const isOpen = ({ receipt, isVoided }: Purchase): boolean => receipt === undefined && !isVoided;

  /** Waits until none of these is open, then until all are as far as they are to come. */
  async function settled(
    some: readonly Purchase[],
    isSettled: (purchase: Purchase) => Promise<boolean>,
    stallMs: number,
  ): Promise<readonly string[]> {
    const unanswered = await untilNoneLeft(() => {
      const left = some.filter(isOpen);
      return Promise.resolve(left.length === 0 ? [] : [`${String(left.length)} are asked`]);
    }, stallMs);
    const unpaid = new Set(some.filter(({ receipt }) => receipt !== undefined));
    const left = await untilNoneLeft(async () => {
      let looks = 0;
      for (const it of unpaid) {
        if (await isSettled(it)) unpaid.delete(it);
        else if (++looks === LOOKS) break;
      }
      return [...unpaid].map(({ id, question }) => `${question.kind} ${String(id)} is not paid`);
    }, stallMs);
    const why = [...patient.failures, ...errors].map(
      ([word, times]) => `${word} × ${String(times)}`,
    );
    return [...unanswered, ...(unanswered.length === 0 ? [] : why), ...left];
  }

  return {
    gateway,
    purchases,
    ask(kind) {
      const waiting = purchases.filter((it) => isOpen(it) && it.question.kind !== "refused");
      if (waiting.length >= MOST_WAITING) return;
      const question = customers.question(purchases.length, kind);
      const purchase: Purchase = { question, id: undefined, receipt: undefined, isVoided: false };
      purchases.push(purchase);
      const buying = buy(purchase).catch((error: unknown) => {
        if (over.signal.aborted) return;
        const word = error instanceof Error ? error.message : String(error);
        errors.set(word, (errors.get(word) ?? 0) + 1);
      });
      open.add(buying);
      void buying.finally(() => open.delete(buying));
    },
    served: (stallMs) =>
      settled(
        purchases.filter(({ question }) => question.kind !== "refused"),
        async ({ id, question: { kind } }) => {
          const found = await foundOf(url, id);
          if (kind === "batch" || kind === "record") return found?.inclusion != null;
          return found?.payment?.state === "captured";
        },
        stallMs,
      ),
    paid: (stallMs) =>
      settled(
        purchases,
        async ({ id }) => (await foundOf(url, id))?.payment?.state === "captured",
        stallMs,
      ),
    async close() {
      over.abort();
      await Promise.all(open);
      await gateway.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Purchases that are looked at in vain before all are left alone for a while: the rest were paid for later. */
const LOOKS = 32;
const REFUSED = "refused";
const PRICES = [
  {
    ...{ release: "tiny", policy: "signature", amount: String(PRICE) },
    settlement: ["payment", "individual", "batch", "record"],
  },
  {
    ...{ release: "tiny", policy: "signature", name: REFUSED, amount: String(REFUSED_PRICE) },
    settlement: ["individual"],
  },
];

type Found = {
  readonly payment: { readonly state: string } | null;
  readonly inclusion: unknown;
};

async function foundOf(url: string, id: Hex | undefined): Promise<Found | undefined> {
  const said = await attempt(new Request(`${url}/v1/receipts/${String(id)}`));
  return said instanceof Response && said.ok ? ((await said.json()) as Found) : undefined;
}
