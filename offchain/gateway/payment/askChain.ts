import { GatewayError } from "../errors.ts";

/** @throws {GatewayError} `FACILITATOR_UNAVAILABLE` where the chain does not answer. */
export async function askChain<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (cause) {
    throw new GatewayError({ code: "FACILITATOR_UNAVAILABLE", operation: "chain" }, { cause });
  }
}
