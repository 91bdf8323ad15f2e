import type { TextOffer, TextParameter } from "../catalog.ts";
import { TEXT_PARAMETERS } from "../catalog.ts";
import { GatewayError } from "../errors.ts";

/** Values that ask for nothing. */
const NEUTRAL: Readonly<Partial<Record<TextParameter, unknown>>> = {
  frequency_penalty: 0,
  presence_penalty: 0,
};

/** @throws {GatewayError} `UNSUPPORTED_PARAMETER`, naming the first that is there and that the offer does not honour. */
export function requireParameters(
  offer: TextOffer,
  body: Readonly<Partial<Record<TextParameter, unknown>>>,
): void {
  const parameter = TEXT_PARAMETERS.find(
    (it) => body[it] != null && body[it] !== NEUTRAL[it] && !offer.parameters.includes(it),
  );
  if (parameter === undefined) return;
  const reason = "the release's back end cannot honour it";
  throw new GatewayError({ code: "UNSUPPORTED_PARAMETER", parameter, reason });
}
