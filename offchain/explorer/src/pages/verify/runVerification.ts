import type { Verdict } from "./verdict.ts";
import type { VerifyAnswer, VerifyQuestion } from "./verifyWorker.ts";

/** Wall milliseconds after which a receipt counts as made to keep the verifier busy. */
const TIMEOUT_MS = 60_000;

/** Started before it is needed, since loading and reading its code takes longer than most receipts. */
let spare: Worker | undefined;

/** Has a worker ready for the next receipt. */
export function prepareVerifier(): void {
  if (spare !== undefined) return;
  const worker = startWorker();
  spare = worker;
  // One that could not be loaded would keep a receipt waiting: the next is loaded when it is needed.
  worker.addEventListener("error", () => {
    if (spare === worker) spare = undefined;
  });
}

function startWorker(): Worker {
  return new Worker(new URL("./verifyWorker.ts", import.meta.url), { type: "module" });
}

/**
 * Verifies in a worker, so that the page stays usable whatever the receipt is, and the worker can be ended.
 */
export function runVerification(question: VerifyQuestion, signal: AbortSignal): Promise<Verdict> {
  return new Promise((resolve, reject) => {
    const worker = spare ?? startWorker();
    spare = undefined;
    const timer = setTimeout(() => {
      settle(() => {
        reject(new Error(`Verifying took more than ${TIMEOUT_MS / 1000} seconds and was ended.`));
      });
    }, TIMEOUT_MS);
    const onAbort = (): void => {
      settle(() => {
        reject(new DOMException("Verifying was ended.", "AbortError"));
      });
    };
    function settle(say: () => void): void {
      clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
      worker.terminate(); // what a hostile receipt left in it is gone with it
      say();
    }
    signal.addEventListener("abort", onAbort);
    worker.addEventListener("error", ({ message }) => {
      settle(() => {
        reject(new Error(message === "" ? "The verifier could not be loaded." : message));
      });
    });
    worker.addEventListener("message", ({ data }: MessageEvent<VerifyAnswer>) => {
      settle(() => {
        if (data.status === "done") resolve(data.verdict);
        else reject(new Error(data.reason));
      });
    });
    worker.postMessage(question);
  });
}
