import type { Hex, RequestId } from "@vouch/protocol";
import { hashOfWords, statementDigest } from "@vouch/protocol";
import type { Contracts, Domain } from "@vouch/protocol";
import { openStore } from "@vouch/queue";
import { SILENT } from "../stores.ts";
import type { Asked } from "./load.ts";
import type { ReconciledRow } from "./report.ts";

/** Whose books are compared with the chain. */
export type BookParties = {
  readonly url: string;
  readonly domain: Domain;
  readonly contracts: Contracts;
  readonly operator: Hex;
  readonly asked: readonly Asked[];
  readonly from: number;
  /** Requests by HTTP that were answered. */
  readonly sold: ReadonlySet<Hex>;
};

/** Compares what an operator's store says with what the chain has: answers, transactions, queues. */
export async function readBooks(parties: BookParties): Promise<readonly ReconciledRow[]> {
  const { url, domain, contracts, operator, asked, from, sold } = parties;
  const { requests } = contracts;
  const store = await openStore({ url }, { log: SILENT });
  try {
    const signed = new Map(
      (
        await store.sql.query("SELECT request, digest FROM vouch.signed WHERE operator = $1", [
          operator,
        ])
      ).map((row) => [String(row["request"]), String(row["digest"])]),
    );
    const answers = await requests.queryFilter(requests.filters.InferenceFulfilled(), from);
    const inputOf = new Map(asked.map(({ id, params }) => [id, params.input]));
    const agreeing = answers.filter(({ args }) => {
      const input = inputOf.get(args.id as RequestId);
      if (input === undefined) return false;
      const statement = {
        release: args.release as never, // of the chain's own event
        request: args.id as RequestId,
        operator,
        inputHash: hashOfWords(input),
        outputHash: hashOfWords([...args.output]),
      };
      return signed.get(args.id) === statementDigest(domain, statement);
    });
    const open = await store.sql.query(
      "SELECT key FROM vouch.transactions WHERE NOT is_final AND mined IS NULL",
    );
    const depths = Object.values(await store.depths());
    const sum = (of: (it: (typeof depths)[number]) => number): number =>
      depths.reduce((total, it) => total + of(it), 0);
    const count = (what: string, expected: number, found: number): ReconciledRow => ({
      ...{ what, unit: "count", expected: BigInt(expected), found: BigInt(found) },
    });
    return [
      count("answers on the chain as the sign log has them", answers.length, agreeing.length),
      count("statements signed for requests", answers.length + sold.size, signed.size),
      count(
        "HTTP: answers that the sign log has",
        sold.size,
        [...sold].filter((id) => signed.has(id)).length,
      ),
      count("transactions of the journal in no block", 0, open.length),
      count(
        "items left in the queues",
        0,
        sum((it) => it.ready + it.later + it.active),
      ),
      count(
        "dead letters",
        0,
        sum(({ dead }) => dead),
      ),
    ];
  } finally {
    await store.close();
  }
}
