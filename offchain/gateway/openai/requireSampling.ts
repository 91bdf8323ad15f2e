import type { SamplingBody } from "@vouch/protocol";
import type { TextOffer } from "../catalog.ts";
import { GatewayError } from "../errors.ts";

/**
 * Demands of a body what no schema says.
 *
 * @throws {GatewayError} `REQUEST_INVALID` for more tokens than the release gives, and for options of a stream that is not
 * asked for.
 */
export function requireSampling(
  body: Pick<SamplingBody, "max_tokens" | "stream" | "stream_options">,
  { maxTokens: limit }: TextOffer,
): void {
  if (body.max_tokens != null && body.max_tokens > limit) {
    const reason = `the release gives at most ${limit} tokens`;
    throw new GatewayError({ code: "REQUEST_INVALID", parameter: "max_tokens", reason });
  }
  if (body.stream_options != null && body.stream !== true) {
    const reason = "only with stream";
    throw new GatewayError({ code: "REQUEST_INVALID", parameter: "stream_options", reason });
  }
}
