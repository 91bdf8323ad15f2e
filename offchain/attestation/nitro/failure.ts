/** What is wrong with a Nitro document, or with what is claimed of one. */
export type NitroFailure =
  | { readonly code: "NITRO_TOO_LONG"; readonly bytes: number; readonly limit: number }
  | { readonly code: "NITRO_MALFORMED"; readonly field: string; readonly reason: string }
  | { readonly code: "NITRO_HEADER_REFUSED"; readonly reason: string }
  | { readonly code: "NITRO_ROOT_MISMATCH"; readonly expected: string; readonly found: string }
  | { readonly code: "NITRO_CERTIFICATE_REFUSED"; readonly index: number; readonly reason: string }
  | { readonly code: "NITRO_SIGNATURE_INVALID" }
  | { readonly code: "NITRO_IN_DEBUG_MODE"; readonly register: number }
  | { readonly code: "NITRO_TOO_OLD"; readonly seconds: number; readonly limit: number }
  | { readonly code: "NITRO_IN_FUTURE"; readonly seconds: number }
  | { readonly code: "NITRO_BINDING_MISMATCH"; readonly expected: string; readonly found: string }
  | {
      readonly code: "NITRO_CLAIM_REFUSED";
      readonly field: string;
      readonly claimed: string;
      readonly found: string;
    }
  | { readonly code: "NITRO_SIMULATED" };

/** Returns a failure in words. */
export function messageOfNitro(failure: NitroFailure): string {
  switch (failure.code) {
    case "NITRO_TOO_LONG":
      return `The Nitro document has ${failure.bytes} bytes; ${failure.limit} are read at most.`;
    case "NITRO_MALFORMED":
      return `The Nitro document's ${failure.field} ${failure.reason}.`;
    case "NITRO_HEADER_REFUSED":
      return `The Nitro document's header ${failure.reason}: AWS signs with ES384 and writes nothing else there.`;
    case "NITRO_ROOT_MISMATCH":
      return `The Nitro document's root certificate is ${failure.found}, not ${failure.expected}: it is not of AWS, or simulated.`;
    case "NITRO_CERTIFICATE_REFUSED":
      return `The Nitro document's certificate ${failure.index}, counted from the root, ${failure.reason}.`;
    case "NITRO_SIGNATURE_INVALID":
      return "The Nitro document's signature is not of its certificate's key: it was changed after it was signed.";
    case "NITRO_IN_DEBUG_MODE":
      return `PCR${failure.register} is all zeros: the enclave runs in debug mode, and whoever has its machine reads all that it knows. Start it without --debug-mode.`;
    case "NITRO_TOO_OLD":
      return `The Nitro document is ${failure.seconds} seconds old; ${failure.limit} are allowed. Ask the enclave for a new one.`;
    case "NITRO_IN_FUTURE":
      return `The Nitro document is dated ${failure.seconds} seconds ahead: one of the clocks is wrong.`;
    case "NITRO_BINDING_MISMATCH":
      return `The Nitro document's user data is ${failure.found}, not ${failure.expected}: it is of another chain, registry, operator, key or block.`;
    case "NITRO_CLAIM_REFUSED":
      return `The claim's ${failure.field} is ${failure.claimed} where ${failure.found} is allowed.`;
    case "NITRO_SIMULATED":
      return "The claim is of a simulated enclave, which proves nothing, and no simulated root was given to vouch below.";
  }
}
