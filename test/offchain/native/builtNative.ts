import { buildNative, NativeError, openNative } from "@vouch/native";
import type { Native } from "@vouch/native";

/**
 * The native prover, built first where cargo is here (15 to 50 s, once for the sources as they are); `undefined`, and a
 * word to stderr, where there is neither a binary nor cargo.
 */
export async function builtNative(): Promise<Native | undefined> {
  const found = openNative();
  if (found !== undefined) return found;
  try {
    return await buildNative();
  } catch (error) {
    if (!(error instanceof NativeError) || error.code !== "CARGO_MISSING") throw error;
    process.stderr.write(
      "NOT TRIED: the native prover and its verifier. There is no binary for this system and no cargo to build one.\n",
    );
    return undefined;
  }
}
