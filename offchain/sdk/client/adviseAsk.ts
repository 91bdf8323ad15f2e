import type { Policy } from "@vouch/protocol";
import { parseBranches } from "@vouch/protocol";
import type { Advice } from "../advise/advice.ts";
import { advise } from "../advise/advise.ts";
import type { AdviceNeed } from "../advise/need.ts";
import type { ReleaseRef } from "../typed/releaseDescription.ts";
import type { CallOptions } from "./options.ts";
import { resolveRelease } from "./resolveRelease.ts";
import type { Session } from "./session.ts";

/** What advice is asked about. */
export type AdviceQuestion = AdviceNeed & {
  readonly release: ReleaseRef;
  /** What the asker has in mind, as `parseBranches` reads it: it is weighed as the alternatives are. */
  readonly policy?: string | Policy;
};

/** Weighs the policies for a release against what is at stake; docs/how-to/choose-policy.md. */
export async function adviseAsk(
  session: Session,
  { policy, ...question }: AdviceQuestion,
  { signal }: CallOptions = {},
): Promise<Advice> {
  const { contracts, deployment, read } = session;
  const release = await resolveRelease(session, question.release, signal);
  const chosen = typeof policy === "string" ? parseBranches(policy) : policy;
  const ask = {
    ...question,
    release,
    fromBlock: deployment.fromBlock,
    ...(chosen === undefined ? {} : { policy: chosen }),
  };
  return read("weighing the policies", () => advise(contracts, ask), signal);
}
