import type { Hex, RequestId } from "@vouch/protocol";
import { storedPayments } from "@vouch/gateway";
import { hashOfWords, statementDigest } from "@vouch/protocol";
import type { Contracts, Domain } from "@vouch/protocol";
import type { Store } from "@vouch/queue";
import { openStore } from "@vouch/queue";
import { SILENT } from "../stores.ts";
import type { ReconciledRow } from "./report.ts";
import type { Transcript } from "./transcript.ts";
import type { TwinRecord } from "./twin.ts";

/** Whose books are compared with the chain. */
export type BookParties = {
  readonly url: string;
  readonly domain: Domain;
  readonly contracts: Contracts;
  readonly operator: Hex;
  /** Requests on the chain, with what each is asked. */
  readonly asked: readonly { readonly id: RequestId; readonly input: readonly bigint[] }[];
  readonly from: number;
  /** Requests by HTTP that were answered without the chain. */
  readonly sold: ReadonlySet<Hex>;
  /** What the operator's own processes sent. */
  readonly transcript: Transcript;
  /** Other installations with its key, each with a sign log of its own. */
  readonly twins: readonly Pick<TwinRecord, "signed" | "transcript">[];
};

type SignedMap = ReadonlyMap<RequestId, Hex>;

/**
 * Keys of what a worker fetches for itself once a minute: it may have just begun when it is told to stop, and is taken up by the
 * next start.
 */
const OF_ITSELF = /^withdraw:/;

/** Compares what sign logs and an operator's store say with what was sent and what the chain has: answers, transactions, queues. */
export async function readBooks(parties: BookParties): Promise<readonly ReconciledRow[]> {
  const { url, transcript, twins, sold } = parties;
  const store = await openStore({ url }, { log: SILENT });
  try {
    const own = await readSigned(store, parties.operator);
    const logs = [own, ...twins.map(({ signed }) => signed)];
    const answered = await digestsOnChain(parties);
    const ids = new Set(logs.flatMap((log) => [...log.keys()]));
    const digestsOf = (id: RequestId): ReadonlySet<Hex> =>
      new Set(logs.flatMap((log) => log.get(id) ?? []));
    const served = new Set<Hex>([...answered.keys(), ...sold]);
    const { transactions, items, dead, payments, batches } = await countsOf(store);
    const lost = transactions.filter((it) => !OF_ITSELF.test(it));
    return [
      count("answers sent that the sign log has", ...recordedOf(transcript, own)),
      ...twins.map((twin, index) =>
        count(
          `twin ${String(index)}: answers sent that its sign log has`,
          ...recordedOf(twin.transcript, twin.signed),
        ),
      ),
      count(
        "answers on the chain as a sign log has them",
        answered.size,
        [...answered].filter(([id, digest]) => digestsOf(id).has(digest)).length,
      ),
      count(
        "requests that two sign logs differ on",
        0,
        [...ids].filter((id) => digestsOf(id).size > 1).length,
      ),
      count(
        "requests signed for that have another answer or none",
        0,
        [...ids].filter((id) => !served.has(id)).length,
      ),
      count(
        "requests answered that nobody signed for",
        0,
        [...served].filter((id) => !ids.has(id as RequestId)).length,
      ),
      count(
        "HTTP: answers that the sign log has",
        sold.size,
        [...sold].filter((id) => own.has(id as RequestId)).length,
      ),
      {
        ...count("transactions of the journal in no block", 0, lost.length),
        named: lost,
      },
      count("items left in the queues", 0, items),
      count("HTTP: payments left open", 0, payments),
      count("vouchers: batches left open", 0, batches),
      count("dead letters", 0, dead),
    ];
  } finally {
    await store.close();
  }
}

/** Names what an operator's processes have not brought to an end, by how much there is of it. */
export async function openEnds(store: Store): Promise<readonly string[]> {
  const { transactions, items } = await countsOf(store);
  return [
    ...leftOf("transactions in no block", transactions.length),
    ...leftOf("queued items", items),
  ];
}

/** Names what a gateway's payments have not come to, by how much there is of it. */
export async function openPayments(store: Store): Promise<readonly string[]> {
  const { payments, batches } = await countsOf(store);
  return [...leftOf("payments", payments), ...leftOf("batches of vouchers", batches)];
}

function leftOf(what: string, left: number): readonly string[] {
  return left === 0 ? [] : [`${String(left)} ${what} are left open`];
}

type Counts = {
  /** Those in no block, by name. */
  readonly transactions: readonly string[];
  readonly items: number;
  readonly dead: number;
  readonly payments: number;
  readonly batches: number;
};

async function countsOf(store: Store): Promise<Counts> {
  const open = await store.sql.query(
    "SELECT key, sender, nonce FROM vouch.transactions WHERE NOT is_final AND mined IS NULL",
  );
  const depths = Object.values(await store.depths());
  const sum = (of: (it: (typeof depths)[number]) => number): number =>
    depths.reduce((total, it) => total + of(it), 0);
  const batches = await store.sql.query("SELECT root FROM vouch.voucher_batches WHERE NOT closed");
  return {
    payments: await storedPayments(store.sql).count(),
    batches: batches.length,
    transactions: open.map(
      ({ key, sender, nonce }) => `${String(key)} of ${String(sender)}, nonce ${String(nonce)}`,
    ),
    items: sum((it) => it.ready + it.later + it.active),
    dead: sum((it) => it.dead),
  };
}

async function readSigned({ sql }: Store, operator: Hex): Promise<SignedMap> {
  const text = "SELECT request, digest FROM vouch.signed WHERE operator = $1";
  const rows = await sql.query(text, [operator]);
  return new Map(rows.map((row) => [row["request"] as RequestId, row["digest"] as Hex]));
}

/** Digests of the statements that the chain's answers make, by request; of what nobody asked for here there is none. */
async function digestsOnChain(parties: BookParties): Promise<SignedMap> {
  const { contracts, domain, operator, asked, from } = parties;
  const { requests } = contracts;
  const answers = await requests.queryFilter(requests.filters.InferenceFulfilled(), from);
  const inputOf = new Map(asked.map(({ id, input }) => [id, input]));
  return new Map(
    answers.flatMap(({ args }) => {
      const request = args.id as RequestId;
      const input = inputOf.get(request);
      if (input === undefined) return [];
      const statement = {
        release: args.release as never, // of the chain's own event
        ...{ request, operator },
        inputHash: hashOfWords(input),
        outputHash: hashOfWords([...args.output]),
      };
      return [[request, statementDigest(domain, statement)] as const];
    }),
  );
}

/** Requests that an answer was sent for, and those of them that a sign log has. */
function recordedOf({ answers }: Transcript, log: SignedMap): readonly [number, number] {
  return [answers.size, [...answers.keys()].filter((id) => log.has(id)).length];
}

function count(what: string, expected: number, found: number): ReconciledRow {
  return { what, unit: "count", expected: BigInt(expected), found: BigInt(found) };
}
