// The thread that `openSigningThread` starts.
import { parentPort, workerData } from "node:worker_threads";
import type { Hex } from "@vouch/protocol";
import { statementBatchDigest } from "@vouch/protocol";
import { SigningKey } from "ethers";
import { useFastKeccak } from "./fastKeccak.ts";
import { saltedBatch } from "./saltedBatch.ts";
import { sharePaths } from "./sharedPaths.ts";
import type { SignedDigests, SigningTask } from "./signingThread.ts";

const { key, domain } = workerData as SigningTask;
const signingKey = new SigningKey(key);
await useFastKeccak();

parentPort?.on("message", (digests: readonly Hex[]) => {
  parentPort?.postMessage(signDigests(digests));
});

function signDigests(digests: readonly Hex[]): SignedDigests {
  const sign = (digest: Hex): Hex => signingKey.sign(digest).serialized as Hex;
  try {
    const [only, ...others] = digests;
    if (only !== undefined && others.length === 0)
      return { signature: sign(only), paths: sharePaths([[]]) };
    const { root, paths } = saltedBatch(digests);
    return { signature: sign(statementBatchDigest(domain, root)), paths: sharePaths(paths) };
  } catch (failure) {
    return { failure };
  }
}
