import type { Advice, Alternative, Guarantee } from "@vouch/sdk";
import { inEther } from "./amounts.ts";
import type { Table } from "./printTables.ts";

const HEAD = ["policy", "reaches", "verify", "fee", "cover", "ether each", "seconds", ""];

/** Returns the alternatives as a table; an asterisk marks the one that is recommended. */
export function adviceTables(advice: Advice): readonly Table[] {
  const { recommendation, alternatives, chosen } = advice;
  const best = recommendation.found ? recommendation.alternative : undefined;
  const rows = alternatives.map((it) => rowOf(it, it === best ? " *" : ""));
  const own = chosen === undefined ? [] : [rowOf(chosen, " (yours)")];
  const title = `${advice.name}  ${advice.release}: ${inEther(advice.valueAtStake)} ether at stake`;
  return [{ title, rows: [HEAD, ...own, ...rows] }];
}

/** Returns whom the recommended policy, and the asker's own, trust; and what was asked for with them. */
export function adviceDetails(advice: Advice): readonly string[] {
  const { recommendation, chosen } = advice;
  const found = recommendation.found
    ? [`Recommended: ${recommendation.alternative.text}`, `  ${recommendation.why}`]
    : ["Nothing here is enough:", ...recommendation.why.map((it) => `  ${it}`)];
  const details = recommendation.found ? detailsOf(recommendation.alternative) : [];
  const own = chosen === undefined ? [] : [`Yours: ${chosen.text}`, ...detailsOf(chosen)];
  return [...found, ...details, ...own];
}

function detailsOf({ terms, trusts, warnings }: Alternative): readonly string[] {
  const { stake, cover, bond } = terms;
  return [
    `  ask for a stake of ${inEther(stake)} ether, a cover of ${inEther(cover)}, a bond of ${inEther(bond)}`,
    ...trusts.map((it) => `  you trust: ${it}`),
    ...warnings.map(({ text }) => `  mind: ${text}`),
  ];
}

function rowOf(it: Alternative, mark: string): string[] {
  const { cost, time, guarantee, shortfalls } = it;
  const price =
    cost === undefined || time === undefined
      ? ["", "", "", "", ""]
      : [
          `${inEther(cost.verification)}${cost.gasKnown ? "" : " and more"}`,
          cost.fee === undefined ? "unknown" : inEther(cost.fee),
          inEther(cost.premium),
          inEther(cost.total),
          time.usual === time.atMost ? String(time.usual) : `${time.usual} to ${time.atMost}`,
        ];
  const verdict = shortfalls.map((short) => short.toLowerCase().replaceAll("_", " ")).join(", ");
  return [`${shorten(it.text)}${mark}`, reachText(guarantee), ...price, verdict];
}

function reachText(guarantee: Guarantee): string {
  switch (guarantee.rests) {
    case "mathematics":
      return "any value";
    case "nothing":
      return "nothing";
    default:
      return guarantee.upTo === 0n ? "nothing" : `${inEther(guarantee.upTo)} (${guarantee.rests})`;
  }
}

/** Pins are told apart by their beginning, and stand in full in the JSON. */
function shorten(text: string): string {
  return text.replace(/0x[0-9a-f]{32,}/g, (pin) => `${pin.slice(0, 8)}…`);
}
