import type { Hex, Panels } from "@vouch/protocol";
import { hashOfWords } from "@vouch/protocol";
import { WorkerError } from "../errors.ts";
import type { PanelRound } from "./panelRound.ts";

/** What members revealed, as the log has it. */
export type Reveals = {
  readonly byOperator: ReadonlyMap<Hex, readonly bigint[]>;
  /** Second of the latest; undefined where nobody revealed. */
  readonly latestAt: number | undefined;
};

/** Reads what the members of a panel revealed: all of its log lies behind the block of its seed. */
export async function readReveals(
  { id, seedBlock }: Pick<PanelRound, "id" | "seedBlock">,
  { quorum }: Pick<Panels, "quorum">,
): Promise<Reveals> {
  const events = await quorum.queryFilter(quorum.filters.OutputRevealed(id), seedBlock);
  const block = await events.at(-1)?.getBlock();
  return {
    byOperator: new Map(
      events.map(({ args }) => [args.operator.toLowerCase() as Hex, [...args.output]]),
    ),
    latestAt: block?.timestamp,
  };
}

/** Returns the outputs that `Quorum.conclude` takes: all that were revealed by seats where medians are taken, else none. */
export function outputsToConclude(
  { tolerance, k, revealed, seats, request }: PanelRound,
  { byOperator }: Reveals,
): bigint[][] {
  if (tolerance === 0 || revealed < k) return [];
  return seats
    .filter(({ status }) => status === "revealed")
    .map(({ operator }) => {
      const output = byOperator.get(operator);
      if (output === undefined)
        throw new WorkerError({ code: "ANSWER_UNKNOWN", request, missing: "OutputRevealed" });
      return [...output];
    });
}

/**
 * Returns the output that a panel agreed on, and the second at which it did.
 *
 * @throws {WorkerError} `ANSWER_UNKNOWN`.
 */
export async function agreedOutput(
  round: PanelRound,
  panels: Pick<Panels, "quorum">,
): Promise<{ readonly output: readonly bigint[]; readonly at: number }> {
  const { id, seedBlock, request, outputHash } = round;
  const { quorum } = panels;
  const concluded = await quorum.queryFilter(quorum.filters.RoundConcluded(id), seedBlock);
  const event = concluded.at(-1);
  if (event === undefined)
    throw new WorkerError({ code: "ANSWER_UNKNOWN", request, missing: "RoundConcluded" });
  const { timestamp } = await event.getBlock();
  if (event.args.output.length > 0) return { output: [...event.args.output], at: timestamp };
  const { byOperator } = await readReveals(round, panels);
  const output = [...byOperator.values()].find((it) => hashOfWords(it) === outputHash);
  if (output === undefined)
    throw new WorkerError({ code: "ANSWER_UNKNOWN", request, missing: "OutputRevealed" });
  return { output, at: timestamp };
}
