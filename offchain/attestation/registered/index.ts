export { AttestationError } from "../errors.ts";
export * from "./readRegisteredQuote.ts";
export * from "./verifyRegisteredQuote.ts";
