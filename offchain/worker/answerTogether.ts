import type { InferAsk } from "@vouch/execution";
import type { Domain, Execution, Hex, Receipt, Statement } from "@vouch/protocol";
import type { Home } from "@vouch/publisher";
import type { BatchSigner, Signable } from "./batchSigner.ts";
import { WorkerError } from "./errors.ts";
import { statementOf } from "./execute.ts";
import type { Asked } from "./lanes.ts";
import { openInput, outputWords } from "./runRelease.ts";
import type { ServedRelease } from "./servedRelease.ts";

export type TogetherDeps = {
  readonly operator: Hex;
  readonly domain: Domain;
  /** `statementDigester(domain)`. */
  readonly digestOf: (statement: Statement) => Hex;
  readonly signer: Pick<BatchSigner, "signAll">;
  readonly home: Pick<Home, "inputs">;
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

/**
 * Answers asks of one release that the operator's signature alone meets: each step once for all of them, in the order and with the
 * errors of `execute` and `supportStatement`, and none fails by the others. Every ask is settled when it resolves.
 *
 * @param served of which `isOpen`
 */
export async function answerTogether(
  asked: readonly One[],
  served: ServedRelease,
  deps: TogetherDeps,
): Promise<void> {
  const { signer, domain, home, runAll, execution } = deps;
  const { release, circuit } = served;
  const opened = orTell(
    asked,
    (one) => one,
    (one): Opened => {
      requirePresent(one);
      return { one, ...openInput(served, one.ask.input, home.inputs) };
    },
  );
  const outputs = await runAll(opened.map(({ elements }) => elements));
  const stated = orTell(
    opened,
    ({ one }) => one,
    ({ one }, i) => state(one, outputs[i], served, deps),
  );
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
