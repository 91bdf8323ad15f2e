import type { ChatRequest, CompletionRequest } from "@vouch/protocol";
import type { FetchedRelease } from "../fetchRelease.ts";
import type { ReleaseRef } from "../typed/releaseDescription.ts";
import type { GatewayModel } from "./discovery.ts";
import { describeRelease, idOf, listModels } from "./discovery.ts";
import type { GatewayAskOptions, GatewayCallOptions, GatewayOptions } from "./gatewayOptions.ts";
import type { GatewayAnswer, GatewayAsk } from "./inferOver.ts";
import { inferOver } from "./inferOver.ts";
import { openSession } from "./openSession.ts";
import type { GatewaySettlement, Settleable } from "./settlement.ts";
import { settlementOf } from "./settlement.ts";
import type { TextEvent } from "./streamText.ts";
import { streamText } from "./streamText.ts";
import type { TextAsk, VerifiedText } from "./textOver.ts";
import { completeText } from "./textOver.ts";
import { CHAT, COMPLETION } from "./textResource.ts";

/**
 * A gateway that nobody has to believe: what is returned is read from a receipt that was verified, as of this deployment, release,
 * request and input, by the operators and under the policy that were asked for. All reject with {SdkError}: `GATEWAY_LIED` with the
 * field and both values, `GATEWAY_UNREACHABLE`, `GATEWAY_REFUSED`, `RECEIPT_MISSING`, `RESPONSE_MALFORMED`, `RESPONSE_TOO_LARGE`,
 * `CHAIN_NEEDED`, `RELEASE_NOT_FOUND`, `ABORTED`; what pays with `PAYMENT_NEEDED`, `PAYMENT_REFUSED`, `ESCROW_REFUSED`, `VOUCHER_REFUSED`.
 */
export type GatewayClient = {
  /** What the gateway says that it sells: its word. */
  readonly models: (options?: GatewayCallOptions) => Promise<readonly GatewayModel[]>;
  /** A release's description, which hashes to its id. */
  readonly release: (ref: ReleaseRef, options?: GatewayCallOptions) => Promise<FetchedRelease>;
  /** Numbers in, numbers and their receipt out. */
  readonly infer: <const R extends ReleaseRef>(
    ask: GatewayAsk<R>,
    options?: GatewayAskOptions,
  ) => Promise<GatewayAnswer<R>>;
  /** A conversation's next message, by the body of OpenAI's chat completions. */
  readonly chat: (ask: TextAsk<ChatRequest>, options?: GatewayAskOptions) => Promise<VerifiedText>;
  /** The same, piece by piece: what came is the gateway's word until the end, which comes verified or not at all. */
  readonly streamChat: (
    ask: TextAsk<ChatRequest>,
    options?: GatewayAskOptions,
  ) => AsyncGenerator<TextEvent>;
  /** A text's continuation, by the body of OpenAI's completions. */
  readonly complete: (
    ask: TextAsk<CompletionRequest>,
    options?: GatewayAskOptions,
  ) => Promise<VerifiedText>;
  readonly streamCompletion: (
    ask: TextAsk<CompletionRequest>,
    options?: GatewayAskOptions,
  ) => AsyncGenerator<TextEvent>;
  /** Waits until a payment was taken, or will not be, and looks on the chain whether it was. */
  readonly settlement: (
    answer: Settleable,
    options?: GatewayCallOptions,
  ) => Promise<GatewaySettlement>;
};

/**
 * Opens a gateway. With a provider the deployment is looked for on its chain, and its router judges every receipt.
 *
 * @example
 * import { openGateway } from "@vouch/sdk/http";
 *
 * const gateway = await openGateway({ url: "https://answers.example", deployment, operators: [operator] });
 * const { output, receipt } = await gateway.infer({ release, input, policy: "zk:any+signature" });
 *
 * @throws {SdkError} `GATEWAY_INVALID`, `CHAIN_MISMATCH`, `NOT_DEPLOYED`, `MOCK_DEPLOYED`, `DEPLOYMENT_MISMATCH`; {ProtocolError} `DEPLOYMENT_MALFORMED`.
 */
export async function openGateway(options: GatewayOptions): Promise<GatewayClient> {
  const session = await openSession(options);
  return {
    models: (call = {}) => listModels(session, call),
    // Promises reject, and do not throw, whatever is wrong.
    release: async (ref, call = {}) => describeRelease(session, idOf(session, ref), call),
    infer: (ask, call = {}) => inferOver(session, ask, call),
    chat: (ask, call = {}) => completeText(session, CHAT, ask, call),
    streamChat: (ask, call = {}) => streamText(session, CHAT, ask, call),
    complete: (ask, call = {}) => completeText(session, COMPLETION, ask, call),
    streamCompletion: (ask, call = {}) => streamText(session, COMPLETION, ask, call),
    settlement: (answer, call = {}) => settlementOf(session, answer, call),
  };
}
