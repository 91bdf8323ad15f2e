import { describeClause, parseAddress } from "@vouch/protocol";
import type { BranchQuote, FeeSample, PolicyQuote } from "@vouch/sdk";
import { quotePolicy } from "@vouch/sdk";
import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import { parseBranches, parseWords } from "../arguments.ts";
import { chooseRelease } from "../chooseRelease.ts";
import { markWeak } from "../markWeak.ts";
import { openChain } from "../openChain.ts";
import { printTables } from "../printTables.ts";

type Args = {
  readonly release: string;
  readonly policy: string;
  readonly token: string;
  readonly inputWords: string;
  readonly outputWords: string;
  readonly json: boolean;
};

/** Prices the branches of a policy for a release. */
export async function run(args: Args, hre: HardhatRuntimeEnvironment): Promise<void> {
  const policy = parseBranches(args.policy);
  const inputWords = parseWords("input-words", args.inputWords);
  const outputWords = parseWords("output-words", args.outputWords);
  const chain = await openChain(hre);
  const release = await chooseRelease(chain, args.release);
  const quote = await quotePolicy(chain.contracts, {
    release,
    policy,
    ...(args.token === "" ? {} : { token: parseAddress(args.token) }),
    ...(inputWords === undefined ? {} : { inputWords }),
    ...(outputWords === undefined ? {} : { outputWords }),
  });
  if (args.json) {
    const facts = { release: release.id, ...quote };
    console.log(
      JSON.stringify(facts, (_, it: unknown) =>
        typeof it === "bigint" ? it.toString() : (it ?? null),
      ),
    );
    return;
  }
  const title = `${release.release.model}@${release.release.version}  ${release.id}`;
  console.log(markWeak(printTables([{ title, rows: [HEAD, ...rowsOf(quote)] }])));
  console.log(`\n${summaryOf(quote)}`);
}

const HEAD = ["clause", "alternative", "gas", "seconds", "mean fee here", "mean fee everywhere"];

/** An asterisk marks the alternatives that cost the least gas. */
function rowsOf({ clauses, floorClauses, cheapest }: PolicyQuote): string[][] {
  return clauses.flatMap((clause, i) =>
    clause.map((branch, j) => {
      const place = j > 0 ? "" : i < floorClauses ? `${i} (floor)` : String(i);
      const chosen = cheapest?.choices[i] === j ? " *" : "";
      return [
        place,
        `${describeClause({ anyOf: [branch.requirement] })}${chosen}`,
        ...price(branch),
      ];
    }),
  );
}

function price(branch: BranchQuote): string[] {
  if (!branch.possible) return ["impossible", "", "", ""];
  const { gas, leastSeconds, mostSeconds, ofRelease, ofAll } = branch;
  return [
    gas === undefined ? "unknown" : count(gas),
    range(leastSeconds, mostSeconds),
    feeOf(ofRelease),
    feeOf(ofAll),
  ];
}

function summaryOf({ cheapest }: PolicyQuote): string {
  if (cheapest === undefined)
    return "A clause has no possible alternative: nothing meets this policy.";
  const { gas, gasKnown, leastSeconds, mostSeconds } = cheapest;
  const more = gasKnown ? "" : ", without that of the publisher's verifier";
  return `Cheapest (*): ${count(gas)} gas${more}, held back by contracts for ${range(leastSeconds, mostSeconds)} seconds.`;
}

const count = (it: bigint | number): string => it.toLocaleString("en-US");
const range = (least: number, most: number): string =>
  least === most ? count(least) : `${count(least)} to ${count(most)}`;
const feeOf = (sample: FeeSample): string =>
  sample === undefined ? "no sample" : `${count(sample.mean)} of ${count(sample.results)}`;
