import { z } from "zod";
import {
  hexBytes,
  type IsvLevel,
  issued,
  isvLevel,
  readSigned,
  type Tee,
  uint,
} from "./signedDocument.ts";

/** Who a quoting enclave is, and how its versions stand. Times are in seconds since the epoch. */
export type QeIdentity = {
  readonly tee: Tee;
  readonly issuedAt: number;
  readonly nextUpdate: number;
  readonly evaluation: number;
  readonly miscSelect: Uint8Array;
  readonly miscSelectMask: Uint8Array;
  readonly attributes: Uint8Array;
  readonly attributesMask: Uint8Array;
  readonly mrSigner: Uint8Array;
  readonly productId: number;
  readonly levels: readonly IsvLevel[];
};

const qeIdentity = z.object({
  id: z.enum(["QE", "TD_QE"]),
  version: z.literal(2),
  ...issued,
  miscselect: hexBytes(4),
  miscselectMask: hexBytes(4),
  attributes: hexBytes(16),
  attributesMask: hexBytes(16),
  mrsigner: hexBytes(32),
  isvprodid: uint(16),
  tcbLevels: z.array(isvLevel),
});

/**
 * Reads the identity of a quoting enclave, version 2 (Intel PCS API, "Enclave Identity V2"); nobody's signature is
 * verified.
 *
 * @throws {AttestationError} `COLLATERAL_MALFORMED`, naming the member.
 */
export function readQeIdentity(text: string): QeIdentity {
  const document = readSigned(qeIdentity, text, "QE identity");
  return {
    tee: document.id === "TD_QE" ? "TDX" : "SGX",
    issuedAt: document.issueDate,
    nextUpdate: document.nextUpdate,
    evaluation: document.tcbEvaluationDataNumber,
    miscSelect: document.miscselect,
    miscSelectMask: document.miscselectMask,
    attributes: document.attributes,
    attributesMask: document.attributesMask,
    mrSigner: document.mrsigner,
    productId: document.isvprodid,
    levels: document.tcbLevels,
  };
}
