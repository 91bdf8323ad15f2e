import type { Contracts, EnclaveAuthorities, EnclaveCollateral } from "@vouch/protocol";
import type { PlatformCollateral } from "./collateral.ts";
import { authorityRows, type CollateralRow, documentRows } from "./collateralRows.ts";
import { AttestationError } from "./errors.ts";
import { asked, mined } from "./sendTransaction.ts";

export type RefreshOptions = {
  /** Gas that a transaction may take at most; 16,000,000 by default, below the 2^24 of EIP-7825. */
  readonly gasLimit?: bigint;
};

/** A transaction, and what it brought. */
export type Refreshed = {
  readonly rows: readonly CollateralRow[];
  readonly txHash: string;
  readonly gasUsed: bigint;
};

const GAS_LIMIT = 16_000_000n;
/** Of `CodeStorage`, that cannot create an account, and of `Multicall`, whose part says nothing. */
const OUT_OF_GAS: ReadonlySet<string> = new Set(["DataTooLong", "FailedCall"]);
/** What geth, anvil and Hardhat's node say of a call that takes more than a transaction may. */
const NO_SUCH_GAS = /out of gas|gas required exceeds|gas (?:limit|cap)/i;

/**
 * Brings what a chain lacks of collateral, or has older, in as few transactions as fit: lists and authorities in
 * one, TCB info and QE identity in another. What the chain has is not sent.
 *
 * @throws {AttestationError} `CHAIN_REFUSED`, or `TRANSACTION_TOO_LARGE` where a row alone does not fit, and what
 * the rows are refused for. What was sent before stays.
 */
export async function refreshCollateral(
  vendor: Contracts["vendor"],
  collateral: PlatformCollateral,
  { gasLimit = GAS_LIMIT }: RefreshOptions = {},
): Promise<readonly Refreshed[]> {
  const authorities = await authorityRows(vendor, collateral);
  const first = await bring(vendor.authorities, authorities, gasLimit);
  // Afterwards: a list that was just brought may say that who signed the chain's documents is revoked.
  const documents = await documentRows(vendor, collateral);
  return [...first, ...(await bring(vendor.collateral, documents, gasLimit))];
}

async function bring(
  contract: EnclaveAuthorities | EnclaveCollateral,
  rows: readonly CollateralRow[],
  gasLimit: bigint,
): Promise<Refreshed[]> {
  const sent: Refreshed[] = [];
  let rest = rows.filter((it) => it.onChain !== "current");
  while (rest.length > 0) {
    const batch = await longestPrefix(contract, rest, gasLimit);
    const { hash, gasUsed } = await mined(
      namesOf(batch),
      contract.multicall(batch.map(({ call }) => call)),
    );
    sent.push({ rows: batch, txHash: hash, gasUsed });
    rest = rest.slice(batch.length);
  }
  return sent;
}

/** Rows rest on those before them, so a batch is the front of what is left. */
async function longestPrefix(
  contract: EnclaveAuthorities | EnclaveCollateral,
  rows: readonly CollateralRow[],
  limit: bigint,
): Promise<readonly CollateralRow[]> {
  for (let length = rows.length; ; --length) {
    const batch = rows.slice(0, length);
    const action = namesOf(batch);
    const gas = await gasOf(contract, batch, action);
    if (gas !== undefined && gas <= limit) return batch;
    if (length === 1) {
      throw new AttestationError({ code: "TRANSACTION_TOO_LARGE", action, gas, limit });
    }
  }
}

/** Returns the gas of a batch; undefined where no transaction, or no account that keeps a row, may have so much. */
async function gasOf(
  contract: EnclaveAuthorities | EnclaveCollateral,
  batch: readonly CollateralRow[],
  action: string,
): Promise<bigint | undefined> {
  try {
    return await asked(action, contract.multicall.estimateGas(batch.map(({ call }) => call)));
  } catch (error) {
    if (isTooLarge(error)) return undefined;
    throw error;
  }
}

/** Nodes say so in words of their own; where a part of the call runs out of gas, contracts by the errors above. */
function isTooLarge(error: unknown): boolean {
  if (!(error instanceof AttestationError)) {
    return error instanceof Error && NO_SUCH_GAS.test(error.message);
  }
  return error.failure.code === "CHAIN_REFUSED" && OUT_OF_GAS.has(error.failure.error);
}

function namesOf(rows: readonly CollateralRow[]): string {
  return rows.map(({ what }) => what).join(" and ");
}
