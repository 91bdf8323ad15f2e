import { createKeccak } from "hash-wasm";
import { useKeccak } from "@vouch/protocol";
import { keccak256 } from "ethers";

/**
 * Has ethers and the protocol hash by WebAssembly in this process, several times as fast as by ethers' own code: an operator's
 * statement and its place in a batch are half a dozen hashes a request. It is for whoever starts a process to call, once, and
 * changes no hash.
 */
export async function useFastKeccak(): Promise<void> {
  const hasher = await createKeccak(256);
  keccak256.register((bytes) => hasher.init().update(bytes).digest("binary"));
  useKeccak((bytes) => `0x${hasher.init().update(bytes).digest("hex")}`);
}
