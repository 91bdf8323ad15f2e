import type { Receipt } from "@vouch/protocol";
import { parseReceipt, serializeReceipt } from "@vouch/protocol";
import { SdkError } from "../errors.ts";
import type { GatewayPayment } from "../http/askGateway.ts";
import { paymentOf } from "../http/askGateway.ts";
import type { VerifiedText } from "../http/textOver.ts";

/** What a verified client says of a completion. */
export type Vouched = {
  /** Of the request. */
  readonly id: string;
  /** Was verified before the completion was returned. */
  readonly receipt: Receipt;
  /** What only the chain can tell. */
  readonly notChecked: readonly string[];
  /** What was signed for it; whether it was taken, `settlement` of `openGateway` tells. */
  readonly payment: GatewayPayment | null;
};

/**
 * Returns what stands behind a completion of a verified client, or behind the chunk of a stream that says why it ended.
 *
 * @throws {SdkError} `RECEIPT_MISSING` for a completion of another client, or a chunk in the middle.
 */
export function vouchOf(completion: object): Vouched {
  const vouch = "vouch" in completion ? completion.vouch : undefined;
  if (!isVouch(vouch)) {
    const request = "id" in completion ? String(completion.id) : "unknown";
    throw new SdkError({ code: "RECEIPT_MISSING", request });
  }
  const { id, receipt, notChecked, payment } = vouch;
  return {
    ...{ id, receipt: parseReceipt(receipt), notChecked },
    payment: payment === null ? null : paymentOf(payment),
  };
}

/** Returns this package's error behind one of OpenAI's client; undefined where there is none. */
export function sdkErrorIn(error: unknown): SdkError | undefined {
  for (let it = error, depth = 0; it instanceof Error && depth < MAX_DEPTH; it = it.cause, depth++)
    if (it instanceof SdkError) return it;
  return undefined;
}

const MAX_DEPTH = 8;

/** What stands in `vouch` of an object: the receipt, whole, as `parseReceipt` reads it, and the header that paid. */
export function vouchIn({ id, receipt, verification, payment }: VerifiedText): VouchJson {
  const { notChecked } = verification;
  return {
    ...{ id, receipt: JSON.parse(serializeReceipt(receipt)) as unknown, notChecked },
    payment: payment?.header ?? null,
  };
}

type VouchJson = {
  readonly id: string;
  readonly receipt: unknown;
  readonly notChecked: readonly string[];
  readonly payment: string | null;
};

/** As `vouchIn` wrote it: nothing else leaves a verified client. */
function isVouch(vouch: unknown): vouch is VouchJson {
  return (
    typeof vouch === "object" &&
    vouch !== null &&
    ["id", "receipt", "notChecked", "payment"].every((name) => name in vouch) &&
    "receipt" in vouch &&
    typeof vouch.receipt === "object"
  );
}
