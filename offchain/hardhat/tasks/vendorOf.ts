import type { PlatformCollateral } from "@vouch/attestation";
import { publicKeyOf, SIMULATED_ROOT_KEY } from "@vouch/attestation";
import type { Contracts } from "@vouch/protocol";

/** The contracts of the vendor that collateral is of, and whether that is the simulated one. */
export function vendorOf(
  { vendor, simulatedVendor }: Contracts,
  { signingChain }: PlatformCollateral,
): { readonly vendor: Contracts["vendor"]; readonly simulated: boolean } {
  const root = Buffer.from(SIMULATED_ROOT_KEY);
  const simulated = signingChain.some((it) => root.equals(publicKeyOf(it)));
  return { vendor: simulated ? simulatedVendor : vendor, simulated };
}
