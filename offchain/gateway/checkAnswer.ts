import type { Domain, Policy, Receipt, ReleaseId, RequestId } from "@vouch/protocol";
import { describeClause, findUnmetClause } from "@vouch/protocol";
import { GatewayError } from "./errors.ts";

/** What an answer has to be an answer to. */
export type Question = {
  readonly domain: Domain;
  readonly release: ReleaseId;
  readonly request: RequestId;
  readonly policy: Policy;
  /** `null` where the words are hashes that the answerer forms. */
  readonly input: readonly bigint[] | null;
};

/**
 * Demands that a receipt is of this question and has the kinds of evidence that the policy takes. It is cheap, for it stands on
 * the way of every answer; that the evidence holds is verified before anything is paid (`settleStep`), and by the requester.
 *
 * @throws {GatewayError} `ANSWER_UNSOUND`.
 */
export function checkAnswer(receipt: Receipt, question: Question): void {
  const { statement, domain, release, circuit } = receipt;
  require(statement.release === question.release, "it is of another release");
  require(statement.request === question.request, "it is of another request");
  const isHere =
    domain.chainId === question.domain.chainId &&
    domain.router.toLowerCase() === question.domain.router.toLowerCase();
  require(isHere, "it is of another chain or router");
  const { input } = question;
  const isInput =
    input === null ||
    (input.length === receipt.input.length && input.every((it, i) => it === receipt.input[i]));
  require(isInput, "it is of another input");

  const kinds = receipt.evidence.map(({ kind }) => kind);
  const proven =
    circuit === null
      ? undefined
      : { circuit: release.circuit, development: circuit.setup === "development" };
  const unmet = findUnmetClause(question.policy, kinds, proven);
  const clause = unmet === undefined ? undefined : question.policy.allOf[unmet];
  require(clause ===
    undefined, `no evidence is ${clause === undefined ? "" : describeClause(clause)}`);
}

function require(holds: boolean, reason: string): void {
  if (!holds) throw new GatewayError({ code: "ANSWER_UNSOUND", reason });
}
