import type { ChosenChain } from "./judgeOnChain.ts";
import { judgeOnChain } from "./judgeOnChain.ts";
import type { ChainFindings, Verdict } from "./verdict.ts";
import { lastingWeaknesses, verifyOffline, weaknessesOf } from "./verifyOffline.ts";
import type { Receipt } from "@vouch/protocol";

/** Verifies a receipt's text, then asks a chain about it where one is given. */
export async function verifyAgainst(text: string, chain: ChosenChain | null): Promise<Verdict> {
  const { verdict, file } = verifyOffline(text);
  if (chain === null || verdict.status === "invalid" || file === undefined) return verdict;
  return joinChain(verdict, file.receipt, await judgeOnChain(file, chain));
}

type Held = Exclude<Verdict, { readonly status: "invalid" }>;

/** Brings together what the receipt shows and what a chain says: the first check that the chain fails makes it invalid. */
export function joinChain(verdict: Held, receipt: Receipt, chain: ChainFindings): Verdict {
  if (chain.status !== "asked") return { ...verdict, chain };
  const failed = chain.findings.find(({ outcome }) => outcome === "fails");
  if (failed !== undefined)
    return {
      status: "invalid",
      code: "REFUSED_BY_CHAIN",
      check: failed.name,
      words: failed.words,
      detail: "Without a chain the receipt holds; the chain says otherwise.",
      contents: verdict.contents,
    };
  const assurance = chain.assurance ?? verdict.assurance;
  const weaknesses = [...new Set([...lastingWeaknesses(receipt), ...weaknessesOf(assurance)])];
  return {
    ...verdict,
    status: weaknesses.length === 0 ? "valid" : "weak",
    weaknesses,
    assurance,
    // What it was not shown by the receipt, the chain has shown; whether an input is true, nothing shows.
    notChecked: verdict.notChecked.filter((it) => it.includes("the input is true")),
    chain,
  };
}
