import "../../data/withoutEval.ts";
import type { ChosenChain } from "./judgeOnChain.ts";
import type { Verdict } from "./verdict.ts";
import { verifyAgainst } from "./verifyAgainst.ts";

/** What the page asks the worker. */
export type VerifyQuestion = { readonly text: string; readonly chain: ChosenChain | null };
/** What the worker says; `broken` where this page is at fault, not the receipt. */
export type VerifyAnswer =
  | { readonly status: "done"; readonly verdict: Verdict }
  | { readonly status: "broken"; readonly reason: string };

addEventListener("message", ({ data }: MessageEvent<VerifyQuestion>) => {
  verifyAgainst(data.text, data.chain).then(
    (verdict) => {
      answer({ status: "done", verdict });
    },
    (error: unknown) => {
      const reason = error instanceof Error ? error.message : String(error);
      answer({ status: "broken", reason });
    },
  );
});

function answer(message: VerifyAnswer): void {
  // The worker's own, not a window's, which takes an origin.
  (postMessage as (message: VerifyAnswer) => void)(message);
}
