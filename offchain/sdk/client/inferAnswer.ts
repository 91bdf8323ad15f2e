import type { Policy, RequestParams } from "@vouch/protocol";
import { decodeAssurance, describeClause, findUnmetClause } from "@vouch/protocol";
import { SdkError } from "../errors.ts";
import type { VerifiedReceipt } from "../fetchReceipt.ts";
import type { ReleaseRef } from "../typed/releaseDescription.ts";
import type { Ask } from "./ask.ts";
import type { InferenceResult } from "./client.ts";
import { decodeOutput } from "./decodeOutput.ts";
import type { InferOptions } from "./options.ts";
import { receiptsOf } from "./receipts.ts";
import { sendRequest } from "./sendRequest.ts";
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
  const { id, params, release, opening } = await sendRequest(session, ask, options);
  for await (const step of watchRequest(session, id, options)) {
    onProgress?.(step);
    const request = id;
    if (step.status === "overdue")
      throw new SdkError({ code: "REQUEST_OVERDUE", request, deadline: step.deadline });
    if (step.status === "refunded") throw new SdkError({ code: "REQUEST_REFUNDED", request });
    if (step.status === "overturned") throw new SdkError({ code: "REQUEST_OVERTURNED", request });
  }
  const call = signal === undefined ? {} : { signal };
  const verified = await receiptsOf(session).fetch(id, call);
  requireAsked(id, params, verified);
  const assurance = decodeAssurance(
    await session
      .read("reading the assurance", () => session.contracts.requests.assuranceOf(id), signal)
      .catch((error: unknown) => {
        throw translateError(error, "read the assurance");
      }),
  );
  onProgress?.({ status: "verified", id });
  const output = decodeOutput(release, ask.release, verified.receipt.output);
  return { ...verified, id, output, assurance, opening };
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
): void {
  const facts = [
    ["release", release, receipt.statement.release],
    ["input", input.join(), receipt.input.join()],
    ["evidence", "all that was demanded", unmetOf(policy, receipt) ?? "all that was demanded"],
  ] as const;
  for (const [field, expected, found] of facts) {
    if (expected !== found)
      throw new SdkError({ code: "ANSWER_MISMATCH", request, field, expected, found });
  }
}

/** What a receipt can show; the rest of a policy is the chain's to tell. */
const SHOWN = ["signature", "tee", "zk"];

/** Says which clause the receipt's evidence does not meet, of those that it could. */
function unmetOf(
  policy: Policy,
  { evidence, release, circuit }: VerifiedReceipt["receipt"],
): string | undefined {
  const shown = policy.allOf.filter(({ anyOf }) => anyOf.every(({ kind }) => SHOWN.includes(kind)));
  const development = circuit?.setup === "development";
  const unmet = findUnmetClause(
    { ...policy, allOf: shown },
    evidence.map(({ kind }) => kind),
    circuit === null ? undefined : { circuit: release.circuit, development },
  );
  const clause = unmet === undefined ? undefined : shown[unmet];
  return clause && `without ${describeClause(clause)}`;
}
