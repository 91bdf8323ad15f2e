import type { Hex, Policy } from "@vouch/protocol";
import type { InferenceAsk } from "../requestInference.ts";
import type { InputOf, ReleaseRef } from "../typed/releaseDescription.ts";

/** What an application asks for. Amounts in wei, or the token's smallest unit where one is named; times in seconds. */
export type Ask<R extends ReleaseRef = ReleaseRef> = Omit<
  InferenceAsk,
  "release" | "input" | "policy" | "circuit" | "floor"
> & {
  readonly release: R;
  /** Plain numbers: they are brought into the release's fixed-point form here, and none is clipped. */
  readonly input: InputOf<R>;
  /** As `parseBranches` reads it, `"zk:any+signature"`, or as `allOf` makes it. The release's floor is demanded beside it. */
  readonly policy: string | Policy;
  /** 32 bytes that salt a committed input and output; drawn where absent. */
  readonly secret?: Hex;
};

/** What opens a committed input: it goes to the chosen operators, and to nobody else. */
export type InputOpening = {
  readonly commitment: Hex;
  readonly secret: Hex;
  readonly input: readonly bigint[];
};
