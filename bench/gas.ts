// Where the gas of the transactions that users pay for most goes: by what takes it, and by the contract whose code runs.
// Read from debug_traceTransaction; fails unless the parts sum to what the receipt says. Prints JSON, and a table on stderr;
// `--markdown` prints the tables of docs/gas.md instead.
//
//   npm run bench:gas [-- --markdown]
import { accountGas, gasOf } from "./gas/accountGas.ts";
import { gasOfFloor } from "./gas/floor.ts";
import type { HotTransaction } from "./gas/hotTransactions.ts";
import { sendHotTransactions } from "./gas/hotTransactions.ts";
import type { GasReport } from "./gas/tables.ts";
import { gasTables } from "./gas/tables.ts";
import { traceTransaction } from "./gas/traceTransaction.ts";

const reports: GasReport[] = [];
for (const hot of await sendHotTransactions()) reports.push(await reportOf(hot));

if (process.argv.includes("--markdown")) {
  console.log(gasTables(reports));
} else {
  console.error(gasTables(reports));
  console.log(
    JSON.stringify({ command: "npm run bench:gas", transactions: reports }, undefined, 2),
  );
}

async function reportOf(hot: HotTransaction): Promise<GasReport> {
  const [transaction, steps] = await traceTransaction(hot.chain, hot.receipt);
  const { gasUsed, byClass, byCode } = accountGas(transaction, steps);
  const { name, receipts, target, targetExcludes, floor } = hot;
  const byContract = [...byCode].map(
    ([code, shares]): [string, GasReport["byContract"][string]] => [
      hot.contracts.get(code) ?? code,
      { gas: gasOf(shares), byClass: Object.fromEntries(shares) },
    ],
  );
  return {
    ...{ name, receipts, target, targetExcludes, gasUsed },
    floor: { gas: gasOfFloor(floor, transaction.data), ...floor },
    byClass: Object.fromEntries(byClass),
    byContract: Object.fromEntries(byContract),
  };
}
