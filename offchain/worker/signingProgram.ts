// The thread that `openSigningThread` starts.
import { parentPort, workerData } from "node:worker_threads";
import type { Hex } from "@vouch/protocol";
import { rootOf, statementBatchDigest } from "@vouch/protocol";
import { SigningKey } from "ethers";
import { useFastKeccak } from "./fastKeccak.ts";
import { saltedTree } from "./saltedTree.ts";
import { shareTree, splitWords } from "./sharedTree.ts";
import type { SignedDigests, SigningTask } from "./signingThread.ts";

const { key, domain } = workerData as SigningTask;
const signingKey = new SigningKey(key);
await useFastKeccak();

parentPort?.on("message", (digests: string) => {
  parentPort?.postMessage(signDigests(splitWords(digests)));
});

function signDigests(digests: readonly Hex[]): SignedDigests {
  const sign = (digest: Hex): Hex => signingKey.sign(digest).serialized as Hex;
  try {
    const [only, ...others] = digests;
    if (only !== undefined && others.length === 0) return { signature: sign(only), tree: null };
    const tree = saltedTree(digests);
    return { signature: sign(statementBatchDigest(domain, rootOf(tree))), tree: shareTree(tree) };
  } catch (failure) {
    return { failure };
  }
}
