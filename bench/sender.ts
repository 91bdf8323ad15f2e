// Transactions a second that a sender has mined on Hardhat's node, by how many may be in no block at once. Prints JSON.
//
//   npm run bench:sender
import { availableParallelism, cpus } from "node:os";
import { createSender, memoryJournal, nodeFees, openEndpoints } from "@vouch/chain";
import { toQuantity, Wallet } from "ethers";
import { network } from "hardhat";
import { pino } from "pino";

const TRANSACTIONS = 400;
const DEPTHS = [1, 4, 16, 64];
const CHAIN_ID = 31337;
const TO = "0x0000000000000000000000000000000000000001";

const server = await network.createServer({ network: "default" });
const { port } = await server.listen();
const url = `http://127.0.0.1:${port}`;

/** A new account each time; every transaction is a block of its own, as Hardhat mines. */
async function perSecond(maxInFlight: number): Promise<number> {
  const provider = await openEndpoints([url], { chainId: CHAIN_ID, pollIntervalMs: 50 });
  const signer = Wallet.createRandom();
  await provider.send("hardhat_setBalance", [signer.address, toQuantity(10n ** 21n)]);
  const sender = await createSender(
    { chainId: CHAIN_ID, confirmations: 0, pollIntervalMs: 50, maxInFlight },
    {
      signer,
      provider,
      journal: memoryJournal(),
      feePolicy: nodeFees(),
      log: pino({ level: "silent" }),
    },
  );
  const running = new AbortController();
  const ended = sender.start(running.signal);
  const begun = performance.now();
  const keys = Array.from({ length: TRANSACTIONS }, (_, index) => `${index}`);
  await Promise.all(keys.map((key) => sender.send({ key, to: TO, gasLimit: 50_000n })));
  const seconds = (performance.now() - begun) / 1_000;
  running.abort();
  await ended;
  provider.destroy();
  return Math.round(TRANSACTIONS / seconds);
}

const rows = [];
for (const maxInFlight of DEPTHS)
  rows.push({ maxInFlight, transactionsPerSecond: await perSecond(maxInFlight) });
await server.close();
console.log(
  JSON.stringify(
    {
      command: "npm run bench:sender",
      cpu: cpus()[0]?.model,
      cores: availableParallelism(),
      node: process.version,
      transactions: TRANSACTIONS,
      rows,
    },
    null,
    2,
  ),
);
