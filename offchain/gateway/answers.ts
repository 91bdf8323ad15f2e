import type { Domain, Receipt, RequestId, TextRequest } from "@vouch/protocol";
import { ESCROW_SCHEME } from "@vouch/protocol";
import type { Answerer, InferAsk, ReceiptStore, StoredAnswer } from "./answerer.ts";
import { answererError } from "./answererRefusals.ts";
import type { Deadline } from "./deadlines.ts";
import { createDeadlines } from "./deadlines.ts";
import type { Offer } from "./catalog.ts";
import { checkAnswer } from "./checkAnswer.ts";
import { GatewayError } from "./errors.ts";
import type { GatewayMetrics } from "./metrics.ts";
import type { Admitted } from "./payment/admission.ts";
import type { EscrowAnswerer } from "./payment/escrow/escrowAnswerer.ts";
import type { PaymentRecord, PaymentStore } from "./payment/paymentStore.ts";
import { schemeOf } from "./payment/schemeOf.ts";
import type { RunningText } from "./runningText.ts";
import { runText, storedText } from "./runningText.ts";

const TENSOR = { kind: "tensor" } as const;

export type AnswersOptions = {
  readonly domain: Domain;
  /** Answers that are computed at once; more are refused. */
  readonly maxInFlight: number;
  readonly answerTimeoutMs: number;
};

export type AnswersDeps = {
  readonly answerer: Answerer;
  readonly receipts: ReceiptStore;
  /** `null` where nothing is paid. */
  readonly payments: PaymentStore | null;
  readonly metrics: () => GatewayMetrics;
  /** Called with a payment that is owed from now on. */
  readonly onServed: (payment: PaymentRecord) => void;
  /** Answers requests that hold their payment, from the chain; `null` where none does. */
  readonly awaitEscrowed: EscrowAnswerer | null;
  readonly stopping: AbortSignal;
};

/** Gives each admitted request one answer, however often it is asked. */
export type Answers = {
  readonly infer: (
    admitted: Admitted,
    offer: Offer,
    input: readonly bigint[],
  ) => Promise<StoredAnswer>;
  readonly text: (admitted: Admitted, offer: Offer, request: TextRequest) => Promise<RunningText>;
  readonly inFlight: () => number;
};

/**
 * An answer is checked, stored and booked as owed, in this order and durably, before its last byte leaves: a crash at any
 * point either owes nothing or can give the same answer again.
 */
export function createAnswers(options: AnswersOptions, deps: AnswersDeps): Answers {
  const { answerer, receipts } = deps;
  const tensors = new Map<RequestId, Promise<StoredAnswer>>();
  const texts = new Map<RequestId, RunningText>();
  const deadlines = createDeadlines(options.answerTimeoutMs, deps.stopping);
  const inFlight = (): number => tensors.size + texts.size;

  const requireRoom = (): void => {
    if (deps.stopping.aborted) throw new GatewayError({ code: "STOPPING" });
    if (inFlight() >= options.maxInFlight)
      throw new GatewayError({ code: "OVERLOADED", limit: options.maxInFlight });
  };

  const ask = ({ requestId, price: { policy } }: Admitted, { id }: Offer, signal: AbortSignal) => ({
    ...{ release: id, policy, requestId, signal },
  });

  const fail = (signal: AbortSignal, error: unknown): GatewayError => {
    if (!signal.aborted) return answererError(error);
    const data = deps.stopping.aborted
      ? ({ code: "STOPPING" } as const)
      : ({ code: "ANSWER_TIMED_OUT", milliseconds: options.answerTimeoutMs } as const);
    return new GatewayError(data, { cause: error });
  };

  const within = async <T>({ bound, signal }: Deadline, work: Promise<T>): Promise<T> => {
    try {
      return await bound(work);
    } catch (error) {
      throw fail(signal, error);
    }
  };

  const finish = async (
    { requestId, price, payment }: Admitted,
    offer: Offer,
    input: readonly bigint[] | null,
    given: Pick<StoredAnswer, "receipt" | "generation">,
  ): Promise<StoredAnswer> => {
    const { domain } = options;
    const question = { domain, release: offer.id, request: requestId, policy: price.policy, input };
    checkAnswer(given.receipt, question);
    const created = Math.floor(Date.now() / 1000);
    const answer: StoredAnswer = { ...given, created, payment: payment?.id ?? null };
    await receipts.put(requestId, answer);
    if (payment !== null) await bookServed(payment);
    return answer;
  };

  /** @throws {GatewayError} `PAYMENT_CLOSED` where the payment expired while it was answered. */
  const bookServed = async (payment: PaymentRecord): Promise<void> => {
    if (deps.payments === null || payment.state !== "verified") return;
    const record = await deps.payments.transition(payment.id, ["verified"], "served", {});
    if (record.state === "voided" || record.state === "failed")
      throw new GatewayError({ code: "PAYMENT_CLOSED", payment: record.id, state: record.state });
    if (record.state === "served") deps.onServed(record);
  };

  /** What was answered before is paid before. */
  const recall = async (
    requestId: RequestId,
    payment: PaymentRecord | null,
  ): Promise<StoredAnswer | undefined> => {
    const answer = await receipts.get(requestId);
    if (answer !== undefined && payment !== null) await bookServed(payment);
    return answer;
  };

  /** An escrowed request is answered on the chain, by whichever operator takes it. */
  const inferBy = async ({ payment }: Admitted, asked: InferAsk): Promise<Receipt> =>
    payment !== null && deps.awaitEscrowed !== null && schemeOf(payment.binding) === ESCROW_SCHEME
      ? deps.awaitEscrowed(payment.id, asked)
      : answerer.infer(asked);

  const answerTensor = async (
    admitted: Admitted,
    offer: Offer,
    input: readonly bigint[],
  ): Promise<StoredAnswer> => {
    const begun = performance.now();
    const deadline = deadlines.begin();
    try {
      const asked = { ...ask(admitted, offer, deadline.signal), input };
      const receipt = await within(deadline, inferBy(admitted, asked));
      return await finish(admitted, offer, input, { receipt, generation: null });
    } finally {
      deadline.done();
      deps.metrics().answers.observe(TENSOR, (performance.now() - begun) / 1000);
      tensors.delete(admitted.requestId);
    }
  };

  const beginTensor = (
    admitted: Admitted,
    offer: Offer,
    input: readonly bigint[],
  ): Promise<StoredAnswer> => {
    requireRoom();
    const answer = answerTensor(admitted, offer, input);
    tensors.set(admitted.requestId, answer);
    return answer;
  };

  return {
    inFlight,
    async infer(admitted, offer, input) {
      const { requestId, payment, isDrawn = false } = admitted;
      if (isDrawn) return beginTensor(admitted, offer, input);
      const running = tensors.get(requestId) ?? (await recall(requestId, payment));
      if (running !== undefined) return running;
      const begun = tensors.get(requestId); // by another, while the store was asked
      return begun ?? beginTensor(admitted, offer, input);
    },
    async text(admitted, offer, request) {
      const { requestId, payment, isDrawn = false } = admitted;
      const running = texts.get(requestId);
      if (running !== undefined) return running;
      const before = isDrawn ? undefined : await recall(requestId, payment);
      if (before !== undefined) return storedText(before);
      const begun = texts.get(requestId);
      if (begun !== undefined) return begun;
      requireRoom();
      const stop = deps.metrics().answers.startTimer({ kind: "text" });
      const deadline = deadlines.begin();
      const asked = { ...ask(admitted, offer, deadline.signal), request };
      const text = runText(async (onPiece) => {
        try {
          const end = await within(deadline, drain(answerer.text(asked), deadline, onPiece));
          return await finish(admitted, offer, null, end);
        } finally {
          deadline.done();
          stop();
          texts.delete(requestId);
        }
      });
      texts.set(requestId, text);
      return text;
    },
  };
}

type Ending = Pick<StoredAnswer, "receipt" | "generation">;

async function drain(
  deltas: ReturnType<Answerer["text"]>,
  { bound }: Deadline,
  onPiece: (piece: string) => void,
): Promise<Ending> {
  const iterator = deltas[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = await bound(iterator.next());
      if (next.done === true)
        throw new GatewayError({ code: "ANSWER_UNSOUND", reason: "it ended without a receipt" });
      const { value } = next;
      if (value.kind === "end") return { receipt: value.receipt, generation: value.generation };
      if (value.text !== "") onPiece(value.text);
    }
  } finally {
    // Not awaited: a generator that hangs would never return.
    iterator.return?.().catch(() => undefined);
  }
}
