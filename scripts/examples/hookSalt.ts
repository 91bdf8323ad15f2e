import { concat, dataSlice, getAddress, getBytes, keccak256, toBeHex } from "ethers";

/** The deployer by CREATE2 that most chains have at this address: calldata is a salt and creation code. */
export const CREATE2_DEPLOYER = "0x4e59b44847b379578588920cA78FbF26c0B4956C";

/** The bits of an address by which a pool of Uniswap v4 knows which of a hook's functions to call. */
const ALL_HOOKS_MASK = 0x3fff;

/** `beforeInitialize` and `beforeSwap`. */
export const VOLATILITY_FEE_FLAGS: number = (1 << 13) | (1 << 7);

export type HookSalt = { readonly salt: string; readonly address: string };

/** Searches the salt by which creation code, arguments included, comes to an address with these bits; 16,384 tries on average. */
export function hookSaltOf(
  creationCode: string,
  flags: number,
  deployer: string = CREATE2_DEPLOYER,
): HookSalt {
  const codeHash = keccak256(creationCode);
  const preimage = getBytes(concat(["0xff", deployer, toBeHex(0, 32), codeHash]));
  const saltEnd = 1 + 20 + 32;
  for (let tries = 0; ; tries++) {
    new DataView(preimage.buffer).setUint32(saltEnd - 4, tries);
    const hash = keccak256(preimage);
    if ((Number.parseInt(hash.slice(-4), 16) & ALL_HOOKS_MASK) === flags) {
      return { salt: toBeHex(tries, 32), address: getAddress(dataSlice(hash, 12)) };
    }
  }
}
