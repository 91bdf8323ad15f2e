// Puts the native prover that was built here into a package for this system, for `npm publish` (docs/proving.md).
//
//   npm run native:build && npm run native:pack
import { NativeError, packNative } from "@vouch/native";

try {
  console.log(`The package is in ${await packNative()}`);
} catch (error) {
  if (!(error instanceof NativeError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
