import type { StepLog } from "../steps.ts";
import type { Purse, Stage } from "./stage.ts";

/** Shows who has what of the token, and refuses a unit that nobody has or that somebody has twice. */
export async function reconcile(
  log: StepLog,
  { chain, cast: { operator } }: Stage,
  { token, asset, payer }: Purse,
  { funds, spent }: { readonly funds: bigint; readonly spent: bigint },
): Promise<void> {
  const { requests } = chain.contracts;
  const [requester, received, credited, held] = await Promise.all([
    token.balanceOf(payer.address),
    token.balanceOf(operator.address),
    requests.creditOf(asset, operator.address),
    token.balanceOf(chain.deployment.inferenceRequests),
  ]);
  const rows: readonly (readonly [string, bigint])[] = [
    ["requester", requester],
    ["operator, paid by transfer", received],
    ["operator, credited by the contract that holds it", credited],
    ["held for nobody", held - credited],
    ["minted", -funds],
    ["difference", requester + received + held - funds],
  ];
  for (const [who, amount] of rows) log.note(`${who.padEnd(52)}${amount.toString().padStart(12)}`);
  if (requester + received + held !== funds || funds - requester !== spent || held !== credited)
    throw new Error("the money does not add up");
}
