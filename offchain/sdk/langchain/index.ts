// LangChain's chat model, verified.
export { ChatVouch } from "./chatVouch.ts";
export type { ChatVouchCallOptions, ChatVouchFields } from "./chatVouch.ts";
export { vouchOf } from "../openai/vouchOf.ts";
export type { Vouched } from "../openai/vouchOf.ts";
