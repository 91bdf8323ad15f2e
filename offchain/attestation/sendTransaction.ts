import { findContractError } from "@vouch/protocol";
import type { ContractTransactionReceipt, ContractTransactionResponse } from "ethers";
import { AttestationError } from "./errors.ts";

/**
 * Awaits a call or a simulation.
 *
 * @param action what is done, for the error.
 * @throws {AttestationError} `CHAIN_REFUSED` where a contract reverts with one of its errors; other errors as they are.
 */
export async function asked<Result>(action: string, call: Promise<Result>): Promise<Result> {
  try {
    return await call;
  } catch (cause) {
    const found = findContractError(cause);
    if (found === undefined) throw cause;
    throw new AttestationError(
      {
        code: "CHAIN_REFUSED",
        action,
        error: found.name,
        arguments: Object.fromEntries(
          found.parameters.map((name, index) => [name, found.args[index] ?? ""]),
        ),
        remedy: found.remedy,
      },
      { cause },
    );
  }
}

/**
 * Awaits a transaction and its receipt.
 *
 * @throws {AttestationError} as `asked`, and `TRANSACTION_LOST`.
 */
export async function mined(
  action: string,
  sent: Promise<ContractTransactionResponse>,
): Promise<ContractTransactionReceipt> {
  const { txHash, receipt } = await asked(
    action,
    sent.then(async (it) => ({ txHash: it.hash, receipt: await it.wait() })),
  );
  if (receipt === null) {
    throw new AttestationError({ code: "TRANSACTION_LOST", action, txHash });
  }
  return receipt;
}
