// Inference over HTTP: what a page that only speaks to a chain need not load.
export type { GatewayPayment } from "./askGateway.ts";
export type { GatewayModel, GatewayPrice } from "./discovery.ts";
export * from "./gatewayOptions.ts";
export type { GatewayAnswer, GatewayAsk } from "./inferOver.ts";
export * from "./openGateway.ts";
export type { GatewaySettlement, Settleable } from "./settlement.ts";
export type { TextEvent } from "./streamText.ts";
export type { TextAsk, VerifiedText } from "./textOver.ts";
export type { TextBody } from "./textResource.ts";
export type { VerifiedAnswer } from "./verifyAnswer.ts";
