// Gas of the example contracts, whole transactions without the 21,000 of each: what the hook adds to a swap (`refresh` does what a
// swap does), and what a message costs its author. Prints JSON.
//
//   npm run bench:examples
import type { ContractTransactionResponse } from "ethers";
import { DEPOSIT, deployBoard } from "../test/helpers/boardScenario.ts";
import { mined } from "../test/helpers/gasScenario.ts";
import { deployHook } from "../test/helpers/hookScenario.ts";
import { FEE } from "../test/helpers/vouchScenario.ts";

const TRANSACTION = 21_000;
const SMS =
  "Enjoy the jamster videosound gold club with your credits for 2 new videosounds+2 logos+musicnews! get more fun from jamster.co.uk! 16+only Help? call: 09701213186";
const VALUE: bigint = DEPOSIT + FEE;

const gasOf = async (sent: Promise<ContractTransactionResponse>): Promise<number> =>
  Number((await mined(sent)).gasUsed) - TRANSACTION;

async function swaps(): Promise<Record<string, number>> {
  const { hook, feed, feedRound } = await deployHook();
  await feedRound(feed, 0n, [128n, 0n]);
  await hook.refresh();
  await feedRound(feed, 1n, [64n, 0n]);
  return {
    "the first of a round": await gasOf(hook.refresh()),
    "of a round that is known": await gasOf(hook.refresh()),
  };
}

async function messages(): Promise<Record<string, number>> {
  const { board } = await deployBoard();
  await board.post("hi", { value: VALUE });
  const short = await gasOf(board.post("hi", { value: VALUE }));
  const long = await gasOf(board.post(SMS, { value: VALUE }));
  const features = Number(await board.inputOf.estimateGas(SMS)) - TRANSACTION;
  return {
    "of 2 bytes": short,
    [`of ${String(SMS.length)} bytes`]: long,
    [`features of ${String(SMS.length)} bytes, vocabulary included`]: features,
  };
}

const gas = { swap: await swaps(), message: await messages() };
console.log(JSON.stringify({ command: "npm run bench:examples", gas }, undefined, 2));
