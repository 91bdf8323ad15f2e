import { advise } from "@vouch/sdk";
import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import type { AdviceArguments } from "../adviceArguments.ts";
import { readNeed } from "../adviceArguments.ts";
import { adviceDetails, adviceTables } from "../adviceTables.ts";
import { chooseRelease } from "../chooseRelease.ts";
import { markWeak } from "../markWeak.ts";
import { openChain } from "../openChain.ts";
import { printTables } from "../printTables.ts";

type Args = AdviceArguments & { readonly release: string; readonly json: boolean };

/**
 * Prints which evidence to demand for what is at stake, what each alternative costs and whom it trusts; exits with 1 where the
 * given policy is too weak, or, without one, where nothing is enough.
 */
export async function run(args: Args, hre: HardhatRuntimeEnvironment): Promise<void> {
  const need = readNeed(args);
  const chain = await openChain(hre);
  const release = await chooseRelease(chain, args.release);
  const { fromBlock } = chain.deployment;
  const advice = await advise(chain.contracts, { ...need, release, fromBlock });
  const enough = advice.chosen?.sufficient ?? advice.recommendation.found;
  if (!enough) process.exitCode = 1;
  if (args.json) {
    console.log(
      JSON.stringify(advice, (_, it: unknown) =>
        typeof it === "bigint" ? it.toString() : (it ?? null),
      ),
    );
    return;
  }
  const parts = [
    printTables(adviceTables(advice)),
    "",
    ...adviceDetails(advice),
    ...advice.warnings.map(({ text }) => `Mind: ${text}`),
    "",
    "What no receipt proves:",
    ...advice.notProven.map((it) => `  ${it}`),
  ];
  console.log(markWeak(parts.join("\n")));
}
