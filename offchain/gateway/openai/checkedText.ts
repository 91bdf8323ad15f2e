import type { TextRequest } from "@vouch/protocol";
import { ProtocolError } from "@vouch/protocol";
import { GatewayError } from "../errors.ts";

/**
 * Returns what `read` does, a request within the protocol's limits: well-formed Unicode, schemas of bounded depth.
 *
 * @throws {GatewayError} `REQUEST_INVALID`.
 */
export function checkedText(read: () => TextRequest): TextRequest {
  try {
    return read();
  } catch (cause) {
    if (!(cause instanceof ProtocolError)) throw cause;
    const reason = cause.message;
    throw new GatewayError({ code: "REQUEST_INVALID", parameter: "", reason }, { cause });
  }
}
