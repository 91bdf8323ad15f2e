import { getBytes } from "ethers";

const point = (x: string, y: string): Uint8Array => getBytes(`0x${x}${y}`);

/** Public key (`x ‖ y`) of Intel's SGX Root CA: https://certificates.trustedservices.intel.com/IntelSGXRootCA.der */
export const INTEL_ROOT_KEY: Uint8Array = point(
  "0ba9c4c0c0c86193a3fe23d6b02cda10a8bbd4e88e48b4458561a36e705525f5",
  "67918e2edc88e40d860bd0cc4ee26aacc988e505a953558c453f6b0904ae7394",
);

/** Public key of the root whose private key is published: what stems from it proves nothing. */
export const SIMULATED_ROOT_KEY: Uint8Array = point(
  "4b8f032392cc43ec2d2ad837070c653dcdfd03d3d5df5bbeab8dd978b4d6c04f",
  "dbfb771e0cc5c7bcbb3b32636f1f939ab408df9bee5edd7c7ace4889e926b840",
);
