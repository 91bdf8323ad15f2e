/** What can go wrong in text generation. */
export type TextErrorData =
  /** The back end cannot honour what the request asks for, and leaves nothing out silently. */
  | {
      readonly code: "UNSUPPORTED_PARAMETER";
      readonly parameter: string;
      readonly backend: string;
      readonly reason: string;
    }
  | { readonly code: "PROMPT_TOO_LONG"; readonly tokens: number; readonly context: number }
  | { readonly code: "PROMPT_EMPTY" }
  | { readonly code: "CHAT_TEMPLATE_MISSING"; readonly release: string }
  | { readonly code: "CHAT_TEMPLATE_FAILED"; readonly release: string }
  /** The release is of a model that only its provider has. */
  | { readonly code: "FILES_ABSENT"; readonly release: string }
  | {
      readonly code: "TEXT_MODEL_TOO_LARGE";
      readonly release: string;
      readonly bytes: number;
      readonly limit: number;
    }
  | { readonly code: "TEXT_MODEL_UNLOADABLE"; readonly release: string }
  | { readonly code: "GENERATION_FAILED"; readonly release: string }
  | { readonly code: "GENERATION_ABORTED"; readonly release: string }
  | { readonly code: "DOWNLOAD_FAILED"; readonly url: string; readonly reason: string };

/** Returns the message of an error: the offender and the remedy. */
export function describeTextError(data: TextErrorData): string {
  switch (data.code) {
    case "UNSUPPORTED_PARAMETER":
      return `${data.backend} cannot honour ${data.parameter}: ${data.reason}. Leave it out, or ask a back end that can.`;
    case "PROMPT_TOO_LONG":
      return `The prompt has ${data.tokens} tokens and the model has room for ${data.context}, its answer included. Shorten it.`;
    case "PROMPT_EMPTY":
      return "The prompt has no token: there is nothing to continue.";
    case "CHAT_TEMPLATE_MISSING":
      return `Release ${data.release} has no chat template. Give it a text to continue instead of a conversation.`;
    case "CHAT_TEMPLATE_FAILED":
      return `The chat template of release ${data.release} refuses this conversation.`;
    case "FILES_ABSENT":
      return `Release ${data.release} has no files here: only its provider can run it.`;
    case "TEXT_MODEL_TOO_LARGE":
      return `Release ${data.release} takes about ${data.bytes} bytes in memory with a whole context, and the budget is ${data.limit}. Raise the budget or serve it elsewhere.`;
    case "TEXT_MODEL_UNLOADABLE":
      return `The files of release ${data.release} are its own, and do not load. Its publisher has to mend them.`;
    case "GENERATION_FAILED":
      return `Release ${data.release} failed while it generated.`;
    case "GENERATION_ABORTED":
      return `Generation by release ${data.release} was aborted.`;
    case "DOWNLOAD_FAILED":
      return `${data.url} cannot be downloaded: ${data.reason}. Take the file from the publisher of the release, or another hub.`;
  }
}
