import { createKeccak } from "hash-wasm";
import { keccak256 } from "ethers";

/**
 * Has ethers hash by WebAssembly in this process, several times as fast as by its own code: an operator's statements, batches and
 * request ids are a dozen hashes a request. It is for whoever starts a process to call, once, and changes no hash.
 */
export async function useFastKeccak(): Promise<void> {
  const hasher = await createKeccak(256);
  keccak256.register((bytes) => hasher.init().update(bytes).digest("binary"));
}
