/** What went wrong, in words, and what to do about it. */
export type Trouble = { readonly title: string; readonly text: string; readonly code: string };

const TITLES: Readonly<Record<string, string>> = {
  USER_REJECTED: "You declined in the wallet",
  INSUFFICIENT_FUNDS: "The account has too little",
  CHAIN_MISMATCH: "The wallet is on another chain",
  ACCOUNT_MISSING: "There is no account",
  ABORTED: "Stopped",
  RPC_UNAVAILABLE: "The chain does not answer",
  GATEWAY_UNREACHABLE: "The gateway does not answer",
  GATEWAY_REFUSED: "The gateway refused",
  GATEWAY_LIED: "The gateway lied",
  PAYMENT_NEEDED: "Nothing here pays as the gateway wants",
  CONTRACT_REFUSED: "The contract refused",
  REQUEST_OVERDUE: "Nobody answered in time",
  RECEIPT_IMPOSSIBLE: "No receipt shows this evidence",
  TRANSACTION_UNCERTAIN: "It may have been sent",
  INPUT_RANGE: "The input is out of range",
  INPUT_SHAPE: "The input has another shape",
  POLICY_INVALID: "The policy is none",
};

/** Tells an error; those of the SDK say what to do themselves. */
export function explainTrouble(error: unknown): Trouble {
  const code = codeOf(error);
  const text = error instanceof Error ? error.message : String(error);
  if (isRejection(error))
    return {
      title: "You declined in the wallet",
      text: "Nothing was sent. Ask again when you want to.",
      code: "USER_REJECTED",
    };
  return { title: TITLES[code] ?? "That did not work", text, code };
}

function codeOf(error: unknown): string {
  if (typeof error !== "object" || error === null || !("code" in error)) return "UNKNOWN";
  return typeof error.code === "string" ? error.code : "UNKNOWN";
}

/** As wallets say it (EIP-1193), and as ethers does. */
function isRejection(error: unknown): boolean {
  if (typeof error !== "object" || error === null || !("code" in error)) return false;
  return error.code === 4001 || error.code === "ACTION_REJECTED";
}
