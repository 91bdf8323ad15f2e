import type { AnswerObjects, ChatRequest, CompletionRequest, TextRequest } from "@vouch/protocol";
import { chatObjects, completionObjects, textOfChat, textOfCompletion } from "@vouch/protocol";
import type { TextOffer } from "../catalog.ts";
import { checkedText } from "./checkedText.ts";
import { requireParameters } from "./parameters.ts";
import { requireSampling } from "./requireSampling.ts";

/** How one of OpenAI's two text resources reads requests and writes answers. */
export type TextResource<Body> = {
  /**
   * @throws {GatewayError} `UNSUPPORTED_PARAMETER`, naming the first that the release's back end cannot honour;
   * `REQUEST_INVALID`.
   */
  readonly textOf: (body: Body, offer: TextOffer) => TextRequest;
  readonly objects: AnswerObjects;
};

export const chatResource: TextResource<ChatRequest> = {
  textOf(body, offer) {
    const { response_format: format, max_completion_tokens: max } = body;
    requireParameters(offer, {
      ...body,
      "response_format.json_object": format?.type === "json_object" ? format : undefined,
      "response_format.json_schema": format?.type === "json_schema" ? format : undefined,
    });
    requireSampling({ ...body, max_tokens: max ?? body.max_tokens }, offer);
    return checkedText(() => textOfChat(body, offer.maxTokens));
  },
  objects: chatObjects,
};

export const completionResource: TextResource<CompletionRequest> = {
  textOf(body, offer) {
    requireParameters(offer, body);
    requireSampling(body, offer);
    return checkedText(() => textOfCompletion(body, offer.maxTokens));
  },
  objects: completionObjects,
};
