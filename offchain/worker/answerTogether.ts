import type { InferAsk } from "@vouch/execution";
import type { Domain, Execution, Hex, Receipt, Statement } from "@vouch/protocol";
import { unpackWords } from "@vouch/protocol";
import type { BatchSigner, Signable } from "./batchSigner.ts";
import { WorkerError } from "./errors.ts";
import { statementOf } from "./execute.ts";
import type { Asked } from "./lanes.ts";
import { outputWords } from "./runRelease.ts";
import type { ServedRelease } from "./servedRelease.ts";

export type TogetherDeps = {
  readonly operator: Hex;
  readonly domain: Domain;
  /** `statementDigester(domain)`. */
  readonly digestOf: (statement: Statement) => Hex;
  readonly signer: Pick<BatchSigner, "signAll">;
  readonly runAll: RunAll;
  /** What runs it. */
  readonly execution: Execution;
};

/** Runs several inputs of a release at once; see `TensorBackend.runAll`. */
export type RunAll = NonNullable<ServedRelease["model"]["runAll"]>;

type One = Asked<InferAsk, Receipt>;
type Opened = { readonly one: One; readonly elements: readonly bigint[] };
type Stated = Signable & { readonly one: One; readonly output: readonly bigint[] };

/** Whether answers of a release can be formed side by side: nothing of them is read from or written to files. */
export function isOpen({ compiled: { input, output } }: Pick<ServedRelease, "compiled">): boolean {
  return input.mode === "public" && output.mode === "public";
}

/** What is run before the time is looked at, and twice as many each further time: as a session takes at once (`OnnxBackendOptions`). */
const FIRST_RUN = 16;
/** For which more is run before what was is signed: a signature costs less the more it is of, and a large model is slow. */
const RUN_MS = 50;

/**
 * Answers asks of one release that the operator's signature alone meets: each step once for all of them, in the order and with the
 * errors of `execute` and `supportStatement`, and none fails by the others. Of more than are run in a moment the first have their
 * answers first. Every ask is settled when it resolves.
 *
 * @param served of which `isOpen`
 * @throws {WorkerError} `SIGNER_BUSY`, `SIGNER_CLOSED`: then those that are not settled have no answer.
 */
export async function answerTogether(
  asked: readonly One[],
  served: ServedRelease,
  deps: TogetherDeps,
): Promise<void> {
  for (let next = 0; next < asked.length;) {
    const stated: Stated[] = [];
    const end = performance.now() + RUN_MS;
    let count = FIRST_RUN;
    do {
      const some = asked.slice(next, (next += count));
      count *= 2;
      stated.push(...(await runSome(some, served, deps)));
    } while (next < asked.length && performance.now() < end);
    await signStated(stated, served, deps);
  }
}

/** Returns what may be stated of asks; the others are told why not. */
async function runSome(
  asked: readonly One[],
  served: ServedRelease,
  deps: TogetherDeps,
): Promise<readonly Stated[]> {
  const opened = orTell(
    asked,
    (one) => one,
    (one): Opened => {
      requirePresent(one);
      return { one, elements: unpackWords(one.ask.input, served.compiled.input) };
    },
  );
  if (opened.length === 0) return [];
  try {
    const outputs = await deps.runAll(opened.map(({ elements }) => elements));
    return orTell(
      opened,
      ({ one }) => one,
      ({ one }, i) => state(one, outputs[i], served, deps),
    );
  } catch (error) {
    for (const { one } of opened) one.reject(error);
    return [];
  }
}

async function signStated(
  stated: readonly Stated[],
  { release, circuit }: ServedRelease,
  { signer, domain, execution }: TogetherDeps,
): Promise<void> {
  const signed = await signer.signAll(stated);
  stated.forEach(({ one, statement, output }, i) => {
    const signature = signed[i];
    if (signature === undefined || signature instanceof Error) {
      one.reject(signature);
      return;
    }
    const evidence = [{ kind: "signature", ...signature } as const];
    const { input } = one.ask;
    one.resolve({ domain, statement, input, output, evidence, release, circuit, execution });
  });
}

/** Nothing is run or signed for who went away. */
function requirePresent({ ask: { requestId: request, signal } }: One): void {
  if (signal.aborted)
    throw new WorkerError({ code: "ANSWER_ABORTED", request }, { cause: signal.reason });
}

/** @throws why it did not run; {WorkerError} `ANSWER_ABORTED`. */
function state(
  one: One,
  outcome: readonly bigint[] | Error | undefined,
  served: ServedRelease,
  { operator, digestOf }: TogetherDeps,
): Stated {
  const { requestId: id, input } = one.ask;
  if (outcome === undefined) throw new RangeError("a row has an outcome");
  if (outcome instanceof Error) throw outcome;
  requirePresent(one);
  const output = outputWords(served, outcome, undefined);
  const statement = statementOf({ id, input }, served, output, operator);
  return { one, output, statement, digest: digestOf(statement) };
}

/** Returns what `step` makes of each; those that it throws for are told, and left out. */
function orTell<From, To>(
  all: readonly From[],
  oneOf: (it: From) => One,
  step: (it: From, index: number) => To,
): To[] {
  const made: To[] = [];
  all.forEach((it, index) => {
    try {
      made.push(step(it, index));
    } catch (error) {
      oneOf(it).reject(error);
    }
  });
  return made;
}
