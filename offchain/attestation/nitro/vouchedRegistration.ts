import { MEASUREMENT_KINDS } from "../bindReportData.ts";
import { type RegistrarSignature, inOrder } from "./attestNitro.ts";
import type { NitroClaim } from "./requireClaim.ts";

/** What `EnclaveRegistry.registerVouched` takes, in its order. */
export type VouchedRegistration = {
  readonly binding: Pick<NitroClaim, "operator" | "key" | "nonceBlock" | "simulated"> & {
    /** `Image` of `MeasurementKind`. */
    readonly kind: bigint;
  };
  readonly claim: Pick<NitroClaim, "quorum" | "registers" | "issuedAt" | "validTo">;
  readonly document: Uint8Array;
  readonly signatures: readonly string[];
};

/** Returns what an operator sends once enough registrars have signed. */
export function vouchedRegistration(
  document: Uint8Array,
  own: NitroClaim,
  signatures: readonly RegistrarSignature[],
): VouchedRegistration {
  const { quorum, registers, issuedAt, validTo, operator, key, nonceBlock, simulated } = own;
  const kind = BigInt(MEASUREMENT_KINDS.indexOf("image"));
  return {
    binding: { operator, key, nonceBlock, kind, simulated },
    claim: { quorum, registers, issuedAt, validTo },
    document,
    signatures: inOrder(signatures),
  };
}
