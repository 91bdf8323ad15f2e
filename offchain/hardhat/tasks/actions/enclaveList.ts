import { parseAddress } from "@vouch/protocol";
import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import { type EnclaveState, enclaveState } from "../enclaveState.ts";
import { isoOf } from "../isoOf.ts";
import { accountAt, openChain } from "../openChain.ts";
import { printTables } from "../printTables.ts";
import { inRed } from "../markWeak.ts";

type Args = { readonly operator: string; readonly account: string; readonly json: boolean };
type Listed = EnclaveState & { readonly key: string; readonly measurement: string };

/** Lists the keys of an operator, in the order in which they were registered first. */
export async function run(args: Args, hre: HardhatRuntimeEnvironment): Promise<void> {
  const chain = await openChain(hre);
  const operator =
    args.operator === ""
      ? (await accountAt(chain, args.account)).address
      : parseAddress(args.operator);
  const { enclaves } = chain.contracts;
  const events = await enclaves.queryFilter(
    enclaves.filters.EnclaveRegistered(undefined, operator),
    chain.deployment.fromBlock,
  );
  const latest = await chain.connection.ethers.provider.getBlock("latest");
  const registered = [...new Map(events.map(({ args: it }) => [it.id, it])).values()];
  const keys = await Promise.all(
    registered.map(async ({ id, key, measurement }): Promise<Listed> => ({
      ...(await enclaveState(enclaves, id, latest?.timestamp ?? 0)),
      key,
      measurement,
    })),
  );
  if (args.json) {
    console.log(JSON.stringify({ operator, keys }));
    return;
  }
  if (keys.length === 0) {
    console.log(
      `${operator} has no keys. Register one with \`npx hardhat enclave:register <file>\`.`,
    );
    return;
  }
  const head = ["id", "key", "measurement", "status", "valid to", "standing", ""];
  const rows = keys.map((it) => [
    it.id,
    it.key,
    it.measurement,
    it.status,
    isoOf(it.validTo),
    it.standing,
    it.simulated ? inRed("SIMULATED") : "",
  ]);
  console.log(printTables([{ title: `Keys of ${operator}`, rows: [head, ...rows] }]));
}
