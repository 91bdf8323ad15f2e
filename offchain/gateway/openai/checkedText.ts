import type { TextRequest } from "@vouch/protocol";
import { ProtocolError, parseTextRequest } from "@vouch/protocol";
import { GatewayError } from "../errors.ts";

/**
 * Returns a request within the protocol's limits: well-formed Unicode, schemas of bounded depth.
 *
 * @throws {GatewayError} `REQUEST_INVALID`.
 */
export function checkedText(request: TextRequest): TextRequest {
  try {
    return parseTextRequest(request);
  } catch (cause) {
    if (!(cause instanceof ProtocolError)) throw cause;
    const reason = cause.message;
    throw new GatewayError({ code: "REQUEST_INVALID", parameter: "", reason }, { cause });
  }
}
