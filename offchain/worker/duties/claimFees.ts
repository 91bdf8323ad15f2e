import type { Hex } from "@vouch/protocol";
import { NATIVE_TOKEN } from "@vouch/protocol";
import { WorkerError } from "../errors.ts";
import type { DutyDeps, DutyStep } from "./duty.ts";
import { act, addressOf, chainNow } from "./duty.ts";

/** When an operator fetches what it is owed. */
export type ClaimOptions = {
  /** Who gets it. */
  readonly to: Hex;
  /** How many times the gas of a withdrawal a credit in the native token, or in the vault's wrapped form of it, must be. */
  readonly minGasMultiple: bigint;
  /** Least credit in other tokens that is fetched, in their units: their price in gas is not known here. */
  readonly tokens: ReadonlyMap<Hex, bigint>;
  /** Seconds in which one contract pays one token out once at most. */
  readonly everySeconds: number;
};

/** What was fetched, or why a withdrawal had no effect. */
export type Claim = {
  readonly from: string;
  readonly token: Hex;
  readonly amount: bigint;
  readonly step: DutyStep;
};

type Credit = Omit<Claim, "step"> & { readonly to: Hex; readonly data: Hex };

/**
 * Withdraws this operator's credits in requests, disputes, quorum, arbiter and vault, where they are worth their gas. One that a
 * contract refuses keeps no other from being fetched.
 *
 * @throws {WorkerError} `CLAIMS_FAILED`, once all were tried; its cause has every failure.
 */
export async function claimFees(options: ClaimOptions, deps: DutyDeps): Promise<readonly Claim[]> {
  const { contracts, operator } = deps;
  const provider = contracts.requests.runner?.provider;
  const gasPrice = (await provider?.getFeeData())?.gasPrice ?? 0n;
  const head = (await provider?.getBlockNumber()) ?? 0;
  const period = Math.floor((await chainNow(contracts)) / options.everySeconds);
  const claims: Claim[] = [];
  const failures: unknown[] = [];
  for (const { to, data, ...credit } of await creditsOf(options, deps)) {
    try {
      const gas = (await provider?.estimateGas({ from: operator, to, data })) ?? 0n;
      if (credit.amount < leastOf(credit.token, gas * gasPrice, options)) continue;
      const key = `withdraw:${to}:${credit.token}:${period}`;
      const step = await act(deps, { key, to, data });
      // The key may have been used in this period: then it names what was fetched before.
      if (step.status !== "sent" || step.mined.blockNumber > head) claims.push({ ...credit, step });
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) {
    const cause = new AggregateError(failures);
    throw new WorkerError({ code: "CLAIMS_FAILED", failed: failures.length }, { cause });
  }
  return claims;
}

function leastOf(token: Hex, cost: bigint, { minGasMultiple, tokens }: ClaimOptions): bigint {
  return tokens.get(token) ?? cost * minGasMultiple;
}

async function creditsOf(options: ClaimOptions, deps: DutyDeps): Promise<readonly Credit[]> {
  const { contracts, courts, operator } = deps;
  const { panels, disputes } = courts;
  const escrows = [
    { from: "requests", escrow: contracts.requests },
    { from: "disputes", escrow: disputes },
    ...(panels === undefined
      ? []
      : [
          { from: "quorum", escrow: panels.quorum },
          { from: "arbiter", escrow: panels.arbiter },
        ]),
  ];
  const credits: Credit[] = [];
  for (const { from, escrow } of escrows) {
    for (const token of [NATIVE_TOKEN, ...options.tokens.keys()]) {
      const amount = await escrow.creditOf(token, operator);
      if (amount === 0n) continue;
      // All of them inherit it from `Escrow`.
      const data = contracts.requests.interface.encodeFunctionData("withdraw", [token, options.to]);
      credits.push({ from, token, amount, to: await addressOf(escrow), data: data as Hex });
    }
  }
  const { vault } = contracts;
  const owed = await vault.creditOf(operator);
  if (owed > 0n) {
    const data = vault.interface.encodeFunctionData("withdrawCredit", [options.to]) as Hex;
    const to = await addressOf(vault);
    credits.push({ from: "vault", token: NATIVE_TOKEN, amount: owed, to, data });
  }
  return credits;
}
