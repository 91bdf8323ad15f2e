// Builds the native prover with the cargo on PATH, without the network; does nothing where these sources were built.
//
//   npm run native:build
import { buildNative, NativeError } from "@vouch/native";

try {
  const { version, path } = await buildNative({
    onProgress: (line) => {
      console.error(line);
    },
  });
  console.log(`The native prover ${version} is at ${path}`);
} catch (error) {
  if (!(error instanceof NativeError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
