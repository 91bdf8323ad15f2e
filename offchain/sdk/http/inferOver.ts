import type { Policy } from "@vouch/protocol";
import { parsePolicy, wordToHex } from "@vouch/protocol";
import * as z from "zod";
import { decodeOutput } from "../client/decodeOutput.ts";
import { encodeInput } from "../client/encodeInput.ts";
import { requireDescribed } from "../client/resolveRelease.ts";
import { SdkError } from "../errors.ts";
import type { InputOf, OutputOf, ReleaseRef } from "../typed/releaseDescription.ts";
import type { GatewayPayment } from "./askGateway.ts";
import { askGateway } from "./askGateway.ts";
import { checkablePolicy } from "./demands.ts";
import { describeRelease, idOf } from "./discovery.ts";
import type { GatewayAskOptions } from "./gatewayOptions.ts";
import { paidWork } from "./paidWork.ts";
import { readJson } from "./readJson.ts";
import type { GatewaySession } from "./session.ts";
import type { VerifiedAnswer } from "./verifyAnswer.ts";
import { requireSame, verifyAnswer } from "./verifyAnswer.ts";

const answerSchema = z.looseObject({ receipt: z.unknown() });

/** An inference of a tensor. */
export type GatewayAsk<R extends ReleaseRef = ReleaseRef> = {
  /** Its id, a typed release, or a name of `GatewayOptions.releases`. */
  readonly release: R;
  readonly input: InputOf<R>;
  /** As `parsePolicy` reads it, or as `allOf` makes it: what of it the receipt shows is demanded of it, whatever is paid for. */
  readonly policy: string | Policy;
};

/** An answer as its verified receipt says it: nothing in it is the gateway's word. */
export type GatewayAnswer<R extends ReleaseRef = ReleaseRef> = VerifiedAnswer & {
  readonly id: string;
  readonly output: OutputOf<R>;
  /** What was signed for it; whether it was taken, `settlement` tells. */
  readonly payment: GatewayPayment | null;
};

/** Asks for an inference over HTTP; as `GatewayClient.infer` says. */
export async function inferOver<R extends ReleaseRef>(
  session: GatewaySession,
  ask: GatewayAsk<R>,
  options: GatewayAskOptions,
): Promise<GatewayAnswer<R>> {
  const policy = typeof ask.policy === "string" ? parsePolicy(ask.policy) : ask.policy;
  const { operators, contracts } = session;
  checkablePolicy(policy, { operators, hasChain: contracts !== null });
  const release = await describeRelease(session, idOf(session, ask.release), options);
  if (typeof ask.release !== "string") requireDescribed(ask.release, release);
  const { words, opening } = encodeInput(release, ask.release, ask.input);
  if (opening !== null) throw new SdkError({ code: "OPENING_UNDELIVERED", release: release.id });

  const resource = `/v1/infer/${release.id}`;
  const body = { words: words.map(wordToHex) };
  const asked = { release: release.id, resource, body, policy, words };
  const { id, payment, reply } = await askGateway(session, asked, options, (it) =>
    readJson(resource, it, answerSchema),
  );
  const question = { id, release: release.id, policy, words };
  return paidWork(payment?.header ?? null, async () => {
    const verified = await verifyAnswer(session, reply.receipt, question, options.signal);
    const { output: outputWords } = verified.receipt;
    const output = decodeOutput(release, ask.release, outputWords);
    const numbers = decodeOutput(release, release.id, outputWords);
    requireSame(
      {
        ...{ id, release: release.id },
        output: { words: outputWords.map(wordToHex), tensor: numbers },
      },
      reply,
    );
    options.onProgress?.({ status: "verified", id });
    return { ...verified, id, output, payment };
  });
}
