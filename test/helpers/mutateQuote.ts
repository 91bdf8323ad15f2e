import { AttestationError, type Quote, readQuote } from "@vouch/attestation";
import fc from "fast-check";

/** Changes of one bit that are tried of each quote. */
export const MUTATIONS = process.env["VOUCH_DEEP"] === undefined ? 150 : 2000;

/** What of a quote somebody signed, or signed with; not the root that it brings, nor bytes that trail it. */
function signedPartsOf(quote: Quote): unknown {
  const { version, tee, signed, attestation, qeReport, qeSignature, qeAuthData, chain } = quote;
  const [pck, issuer] = chain;
  return [version, tee, signed, attestation, qeReport, qeSignature, qeAuthData, pck, issuer];
}

/**
 * Returns the mutations of one bit, of bytes anywhere in a quote, that `accepts` and that change something that was
 * signed; none should.
 */
export function forgeries(quote: Uint8Array, accepts: (mutated: Uint8Array) => unknown): number[] {
  const whole = JSON.stringify(signedPartsOf(readQuote(Uint8Array.from(quote))));
  const bits = fc.sample(fc.noBias(fc.nat({ max: 8 * quote.length - 1 })), {
    numRuns: MUTATIONS,
    seed: 12,
  });
  return bits.filter((bit) => {
    const mutated = Uint8Array.from(quote);
    mutated[bit >> 3] = (mutated[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    try {
      accepts(mutated);
    } catch (error) {
      if (error instanceof AttestationError) return false;
      throw error;
    }
    return JSON.stringify(signedPartsOf(readQuote(mutated))) !== whole;
  });
}
