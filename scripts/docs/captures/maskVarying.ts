/**
 * Returns what a command printed with everything that differs from run to run as an ellipsis: hashes, ids and addresses (a release is
 * salted), seconds that something took, and where the store lies. Figures of gas and of the chain's clock are the same each time.
 */
export function maskVarying(printed: string, home: string): string {
  return printed
    .replaceAll(home, ".vouch")
    .replaceAll(/0x[0-9a-f]{40,}/giu, "0x…")
    .replaceAll(/\b\d+\.\d+ s\b/gu, "… s");
}
