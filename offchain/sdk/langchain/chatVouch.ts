import type { CallbackManagerForLLMRun } from "@langchain/core/callbacks/manager";
import type { BaseLanguageModelInput } from "@langchain/core/language_models/base";
import type {
  BaseChatModelCallOptions,
  BaseChatModelParams,
  BindToolsInput,
} from "@langchain/core/language_models/chat_models";
import { BaseChatModel } from "@langchain/core/language_models/chat_models";
import type { BaseMessage, UsageMetadata } from "@langchain/core/messages";
import { AIMessage, AIMessageChunk } from "@langchain/core/messages";
import type { ChatResult } from "@langchain/core/outputs";
import { ChatGenerationChunk } from "@langchain/core/outputs";
import type { Runnable } from "@langchain/core/runnables";
import { convertToOpenAITool } from "@langchain/core/utils/function_calling";
import type { ChatRequest } from "@vouch/protocol";
import type { GatewayAskOptions } from "../http/gatewayOptions.ts";
import type { GatewayClient } from "../http/openGateway.ts";
import type { TextAsk, VerifiedText } from "../http/textOver.ts";
import { vouchIn } from "../openai/vouchOf.ts";
import { toChatMessages } from "./toChatMessages.ts";
import { toolCallsOf } from "./toolCalls.ts";

/** What of a chat request stays the same over a model's calls. */
type Sampling = Pick<ChatRequest, "temperature" | "top_p" | "seed" | "response_format">;

export type ChatVouchFields = BaseChatModelParams &
  Sampling & {
    readonly gateway: Pick<GatewayClient, "chat" | "streamChat">;
    /** A release's id, or a name of the gateway's `releases`. */
    readonly model: string;
    /** As `parsePolicy` reads it; of every answer. */
    readonly policy: TextAsk<ChatRequest>["policy"];
    readonly maxTokens?: number;
  };

export type ChatVouchCallOptions = BaseChatModelCallOptions & {
  readonly tools?: BindToolsInput[];
  /** `payment` of the error of an earlier call with the same messages: it pays once. */
  readonly resume?: string;
};

/**
 * LangChain's chat model over a gateway that nobody has to believe: a message is read from a receipt that was verified, which is in
 * `response_metadata.vouch` (`vouchOf(message.response_metadata)`). Streamed pieces come before that; the last chunk, with tokens and
 * calls of tools, does not.
 *
 * @example
 * import { openGateway } from "@vouch/sdk/http";
 * import { ChatVouch } from "@vouch/sdk/langchain";
 *
 * const gateway = await openGateway({ url: "https://answers.example", deployment, operators: [operator] });
 * const message = await new ChatVouch({ gateway, model: release, policy: "signature" }).invoke("What is the weather?");
 */
export class ChatVouch extends BaseChatModel<ChatVouchCallOptions> {
  // A class, for LangChain calls methods that its own class has.
  readonly #fields: ChatVouchFields;

  constructor(fields: ChatVouchFields) {
    super(fields);
    this.#fields = fields;
  }

  static override lc_name(): string {
    return "ChatVouch";
  }

  override _llmType(): string {
    return "vouch";
  }

  override bindTools(
    tools: BindToolsInput[],
    kwargs: Partial<ChatVouchCallOptions> = {},
  ): Runnable<BaseLanguageModelInput, AIMessageChunk, ChatVouchCallOptions> {
    return this.withConfig({ ...kwargs, tools });
  }

  /** @throws {SdkError} as `GatewayClient.chat`. */
  override async _generate(
    messages: BaseMessage[],
    options: this["ParsedCallOptions"],
  ): Promise<ChatResult> {
    const text = await this.#fields.gateway.chat(this.#ask(messages, options), callOf(options));
    const message = new AIMessage({
      ...{ id: text.id, content: text.text, tool_calls: toolCallsOf(text) },
      ...{ usage_metadata: usageOf(text), response_metadata: metadataOf(text) },
    });
    return { generations: [{ text: text.text, message }] };
  }

  /** @throws {SdkError} as `GatewayClient.streamChat`. */
  override async *_streamResponseChunks(
    messages: BaseMessage[],
    options: this["ParsedCallOptions"],
    runManager?: CallbackManagerForLLMRun,
  ): AsyncGenerator<ChatGenerationChunk> {
    const ask = this.#ask(messages, options);
    for await (const event of this.#fields.gateway.streamChat(ask, callOf(options))) {
      const message =
        event.kind === "piece"
          ? new AIMessageChunk({ id: event.id, content: event.text })
          : new AIMessageChunk({
              ...{ id: event.id, content: "", tool_calls: toolCallsOf(event) },
              ...{ usage_metadata: usageOf(event), response_metadata: metadataOf(event) },
            });
      const text = event.kind === "piece" ? event.text : "";
      yield new ChatGenerationChunk({ text, message });
      await runManager?.handleLLMNewToken(text);
    }
  }

  #ask(
    messages: readonly BaseMessage[],
    { stop, tools = [], tool_choice: choice }: this["ParsedCallOptions"],
  ): TextAsk<ChatRequest> {
    const { model, policy, maxTokens, temperature, top_p, seed, response_format } = this.#fields;
    const sampling = { temperature, top_p, seed, response_format, stop };
    // What is undefined here would be refused as a parameter that nobody honours.
    const body = {
      ...Object.fromEntries(Object.entries(sampling).filter(([, value]) => value !== undefined)),
      ...(maxTokens === undefined ? {} : { max_completion_tokens: maxTokens }),
      ...(tools.length === 0 ? {} : { tools: tools.map((it) => convertToOpenAITool(it)) }),
      ...(choice === undefined ? {} : { tool_choice: choiceOf(choice) }),
      ...{ model, messages: toChatMessages(messages) },
    };
    // LangChain's types of tools are wider than the schema, which the body is parsed by before it is sent.
    return { body: body as ChatRequest, policy };
  }
}

/** A tool's name chooses it; LangChain's "any" is OpenAI's "required". */
function choiceOf(choice: NonNullable<ChatVouchCallOptions["tool_choice"]>): unknown {
  if (typeof choice !== "string" || ["auto", "none", "required"].includes(choice)) return choice;
  return choice === "any" ? "required" : { type: "function", function: { name: choice } };
}

function callOf({
  signal,
  resume,
}: Pick<ChatVouchCallOptions, "signal" | "resume">): GatewayAskOptions {
  return {
    ...(signal === undefined ? {} : { signal }),
    ...(resume === undefined ? {} : { resume }),
  };
}

/** LangChain's fields of a message are typed by its structure, where the one of tokens comes out as `never`. */
function usageOf({ generation }: VerifiedText): never {
  const { promptTokens, completionTokens } = generation;
  const usage: UsageMetadata = {
    ...{ input_tokens: promptTokens, output_tokens: completionTokens },
    total_tokens: promptTokens + completionTokens,
  };
  return usage as never;
}

function metadataOf(text: VerifiedText): AIMessage["response_metadata"] {
  const { generation, receipt } = text;
  return {
    ...{ finish_reason: generation.finish, model_name: receipt.statement.release },
    vouch: vouchIn(text),
  };
}
