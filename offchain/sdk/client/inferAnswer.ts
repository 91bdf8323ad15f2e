import type { Assurance, Policy, RequestParams } from "@vouch/protocol";
import {
  conjoin,
  decodeAssurance,
  describeClause,
  findUnmetClause,
  isMetOnChain,
} from "@vouch/protocol";
import { SdkError } from "../errors.ts";
import type { VerifiedReceipt } from "../fetchReceipt.ts";
import { needsPanel } from "../panelTerms.ts";
import type { ReleaseRef } from "../typed/releaseDescription.ts";
import { afterSending } from "./afterSending.ts";
import type { Ask } from "./ask.ts";
import type { InferenceResult } from "./client.ts";
import { decodeOutput } from "./decodeOutput.ts";
import type { InferOptions } from "./options.ts";
import { receiptsOf } from "./receipts.ts";
import { resolveRelease } from "./resolveRelease.ts";
import { policyOf, sendRequest } from "./sendRequest.ts";
import type { Session } from "./session.ts";
import { translateError } from "./translateError.ts";
import { watchRequest } from "./watchRequest.ts";

/** Asks, waits until the answer is final, and returns it with its receipt; as `VouchClient.infer` says. */
export async function inferAnswer<R extends ReleaseRef>(
  session: Session,
  ask: Ask<R>,
  options: InferOptions = {},
): Promise<InferenceResult<R>> {
  const { signal, onProgress } = options;
  const { floor } = (await resolveRelease(session, ask.release, signal)).release;
  requireReceiptable(conjoin(floor, policyOf(ask.policy)));
  const { id, params, release, opening } = await sendRequest(session, ask, options);
  const steps = watchRequest(session, id, options);
  for (;;) {
    const { done, value: step } = await afterSending(id, () => steps.next());
    if (done === true) break;
    onProgress?.(step);
    const request = id;
    if (step.status === "overdue")
      throw new SdkError({ code: "REQUEST_OVERDUE", request, deadline: step.deadline });
    if (step.status === "refunded") throw new SdkError({ code: "REQUEST_REFUNDED", request });
    if (step.status === "overturned") throw new SdkError({ code: "REQUEST_OVERTURNED", request });
  }
  const call = signal === undefined ? {} : { signal };
  const verified = await afterSending(id, () => receiptsOf(session).fetch(id, call));
  const { requests } = session.contracts;
  const kept = await afterSending(id, () =>
    session.read("reading the assurance", () => requests.assuranceOf(id), signal),
  ).catch((error: unknown) => {
    throw translateError(error, "read the assurance");
  });
  const assurance = decodeAssurance(kept);
  requireAsked(id, params, verified, assurance);
  onProgress?.({ status: "verified", id });
  const output = decodeOutput(release, ask.release, verified.receipt.output);
  return { ...verified, id, output, assurance, opening };
}

/**
 * Demands that an answer can have a receipt: one by a panel has none, and would be paid for all the same.
 *
 * @throws {SdkError} `RECEIPT_IMPOSSIBLE`.
 */
function requireReceiptable(policy: Policy): void {
  if (needsPanel(policy))
    throw new SdkError({ code: "RECEIPT_IMPOSSIBLE", request: "", support: "a panel" });
}

/**
 * Demands that a verified receipt answers what was asked: an endpoint that is not trusted made it up from events.
 *
 * @throws {SdkError} `ANSWER_MISMATCH`, naming the field.
 */
function requireAsked(
  request: string,
  { release, input, policy }: RequestParams,
  { receipt }: VerifiedReceipt,
  assurance: Assurance,
): void {
  const facts = [
    ["release", release, receipt.statement.release],
    ["input", input.join(), receipt.input.join()],
    [
      "evidence",
      "all that was demanded",
      unmetOf(policy, receipt, assurance) ?? "all that was demanded",
    ],
  ] as const;
  for (const [field, expected, found] of facts) {
    if (expected !== found)
      throw new SdkError({ code: "ANSWER_MISMATCH", request, field, expected, found });
  }
}

/** Says which clause neither the receipt's evidence meets nor what the chain keeps. */
function unmetOf(
  policy: Policy,
  { evidence, release, circuit }: VerifiedReceipt["receipt"],
  assurance: Assurance,
): string | undefined {
  const kinds = evidence.map(({ kind }) => kind);
  const id = circuit === null ? undefined : release.circuit;
  const proven = id && { circuit: id, development: circuit?.setup === "development" };
  const unmet = policy.allOf.find(
    (it) =>
      findUnmetClause({ ...policy, allOf: [it] }, kinds, proven) !== undefined &&
      !isMetOnChain(it, assurance, id),
  );
  return unmet && `without ${describeClause(unmet)}`;
}
