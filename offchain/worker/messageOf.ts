import { findContractError } from "@vouch/protocol";

/**
 * Returns an error in one line that is fit for a log: the contract's refusal by name, the short message of ethers (its
 * long one holds calldata and URLs), or the first line of any other.
 */
export function messageOf(error: unknown): string {
  const refusal = findContractError(error);
  if (refusal !== undefined) return `${refusal.name}(${refusal.args.join(", ")})`;
  if (typeof error === "object" && error !== null && "shortMessage" in error) {
    return String(error.shortMessage);
  }
  return (error instanceof Error ? error.message : String(error)).split("\n")[0] ?? "";
}
