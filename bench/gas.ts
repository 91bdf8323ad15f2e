// Where the gas of the transactions that users pay for most goes: by what takes it, and by the contract whose code runs.
// Read from debug_traceTransaction; fails unless the parts sum to what the receipt says. And what a proof of either system costs
// in a batch. Prints JSON, which bench/results/gas.json keeps, and tables on stderr; `--markdown` prints the tables of docs/gas.md
// instead.
//
//   npm run bench:gas [-- --markdown]
import { accountGas, gasOf } from "./gas/accountGas.ts";
import { measureBatches } from "./gas/batchCurve.ts";
import { gasOfFloor } from "./gas/floor.ts";
import type { HotTransaction } from "./gas/hotTransactions.ts";
import { sendHotTransactions } from "./gas/hotTransactions.ts";
import type { GasReport } from "./gas/tables.ts";
import { batchTable, gasTables } from "./gas/tables.ts";
import { traceTransaction } from "./gas/traceTransaction.ts";

const reports: GasReport[] = [];
for (const hot of await sendHotTransactions()) reports.push(await reportOf(hot));
const batches = await measureBatches();
const tables = [gasTables(reports), batchTable(batches)].join("\n\n");

if (process.argv.includes("--markdown")) {
  console.log(tables);
} else {
  console.error(tables);
  const report = { command: "npm run bench:gas", transactions: reports, batches };
  console.log(JSON.stringify(report, undefined, 2));
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
