// The gateway alone: over an answerer that gives one receipt again, with the words and the id of whoever asks, a millisecond later.
// What HTTP, checks and JSON take of an answer's time is left. `startServer` runs it.
import type { Answerer, InferAsk } from "@vouch/gateway";
import type { Receipt, RequestId } from "@vouch/protocol";
import { listening } from "../../test/helpers/listening.ts";
import { freeGateway, serveModel } from "./freeGateway.ts";
import { reportTo } from "./serverProcess.ts";

const WAIT_MS = 1;

function ready(answerer: Answerer): Answerer {
  let first: Promise<Receipt> | undefined;
  let moment: Promise<void> | undefined;
  const nextMoment = (): Promise<void> =>
    (moment ??= new Promise((resolve) => {
      setTimeout(() => {
        moment = undefined;
        resolve();
      }, WAIT_MS);
    }));
  const withId = (receipt: Receipt, input: readonly bigint[], request: RequestId): Receipt => ({
    ...receipt,
    input,
    statement: { ...receipt.statement, request },
  });
  return {
    ...answerer,
    async infer(ask: InferAsk) {
      first ??= answerer.infer(ask);
      const receipt = await first;
      await nextMoment();
      return withId(receipt, ask.input, ask.requestId);
    },
  };
}

const served = await serveModel();
const gateway = await freeGateway({ ...served, answerer: ready(served.answerer) });
reportTo(process, `${await listening(gateway)}/v1/infer/credit`);
