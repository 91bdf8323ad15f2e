import { findContractError } from "@vouch/protocol";
import { messageOf } from "@vouch/worker/messageOf";

/** Prints an error as one message (or one JSON document) and sets the exit code; a stack only under `VOUCH_DEBUG`. */
export function reportFailure(error: unknown, args: unknown): void {
  const { code, message } = explain(error);
  const wantsJson =
    typeof args === "object" && args !== null && "json" in args && args.json === true;
  if (wantsJson) console.log(JSON.stringify({ error: { code, message } }));
  else console.error(`\n${code}: ${message}`);
  if (process.env["VOUCH_DEBUG"] !== undefined) console.error(error);
  process.exitCode = 1;
}

function explain(error: unknown): { code: string; message: string } {
  const contractError = findContractError(error);
  if (contractError !== undefined) {
    const { name, args, remedy } = contractError;
    const message = [`the contract refused with ${name}(${args.join(", ")}).`, remedy]
      .filter(Boolean)
      .join(" ");
    return { code: name, message };
  }
  const text = messageOf(error);
  const code = codeOf(error);
  if (
    /ECONNREFUSED|ECONNRESET|ENOTFOUND|could not connect|cannot connect/i.test(text) ||
    code === "NETWORK_ERROR"
  ) {
    return {
      code: "NODE_UNREACHABLE",
      message:
        "No node answers at this network's URL. Start one with `npx hardhat node --hostname 127.0.0.1`, or check the URL.",
    };
  }
  if (/insufficient funds|enough funds/i.test(text) || code === "INSUFFICIENT_FUNDS") {
    return {
      code: "ACCOUNT_UNFUNDED",
      message: `The sending account cannot pay for this. Fund it and try again. (${text})`,
    };
  }
  return { code: code ?? "UNEXPECTED", message: text };
}

function codeOf(error: unknown): string | undefined {
  if (typeof error !== "object" || error === null || !("code" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}
