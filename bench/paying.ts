// What a payment by x402 adds to a request on a local chain, whose settlement is behind the answer: each free request beside one
// that is paid for, by one client. Prints JSON.
//
//   npm run bench:paying
import { loadavg } from "node:os";
import { performance } from "node:perf_hooks";
import { listening } from "../test/helpers/listening.ts";
import { paidChain } from "../test/helpers/paidChain.ts";
import { openPaidGateway } from "../test/helpers/paidGateway.ts";
import { requirementsOf, signPayment } from "../test/helpers/signPayment.ts";
import { LIMITS, freeGateway, serveModel } from "./serving/freeGateway.ts";
import { BODY, MODEL } from "./serving/question.ts";

const REQUESTS = 60;
const AMOUNT = 10n;

const served = await serveModel();
const chain = await paidChain();
const paid = await openPaidGateway(chain, served.answerer, served.catalogAt(AMOUNT), {
  options: LIMITS,
});
const free = await freeGateway(served);
const [freeUrl, paidUrl] = [await listening(free), paid.url].map((it) => `${it}/v1/infer/credit`);

const request = (payment?: string): RequestInit => ({
  method: "POST",
  headers: {
    "content-type": "application/json",
    ...(payment === undefined ? {} : { "payment-signature": payment }),
  },
  body: BODY,
});
const timed = async (url = "", payment?: string): Promise<number> => {
  const begin = performance.now();
  const response = await fetch(url, request(payment));
  await response.text();
  if (response.status !== 200) throw new RangeError(`status ${response.status}`);
  return performance.now() - begin;
};
const requirements = await requirementsOf(paidUrl ?? "", request());
const times: { readonly free: number; readonly paid: number }[] = [];
while (times.length < REQUESTS) {
  const payment = await signPayment(requirements, chain.payerKey);
  times.push({ free: await timed(freeUrl), paid: await timed(paidUrl, payment) });
}
await free.close();
await paid.close();
await chain.close();

const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  return Number((sorted[Math.floor(sorted.length / 2)] ?? 0).toFixed(1));
};
const [freeMs, paidMs] = [median(times.map((it) => it.free)), median(times.map((it) => it.paid))];
console.log(
  JSON.stringify(
    {
      command: "npm run bench:paying",
      model: MODEL,
      requests: REQUESTS,
      "load of the last minute": loadavg()[0],
      "free, median ms": freeMs,
      "paid, median ms": paidMs,
      "added, median ms": Number((paidMs - freeMs).toFixed(1)),
    },
    undefined,
    2,
  ),
);
process.exit(0); // connections that clients keep alive would hold the process
