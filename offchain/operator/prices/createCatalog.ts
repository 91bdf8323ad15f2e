import type { Catalog, Offer, Price } from "@vouch/gateway";
import type { Policy, Requirement } from "@vouch/protocol";
import { OperatorError } from "../errors.ts";
import type { PriceRule } from "./parsePriceRule.ts";
import type { SoldRelease } from "./soldRelease.ts";
import { namedReleases } from "./soldRelease.ts";

const EVERY = "*";

/**
 * Returns what is sold: each release under the prices that name it, and under those of every release that it can give and that no price
 * of its own replaces by name. The first price of a release, in the order of the rules, is what a stock client takes.
 *
 * @throws {OperatorError} `SETTING_UNFIT` where nothing is priced; `PRICE_INVALID` where a price names a release that is not here, or
 * demands what its release cannot give, or two of one release have one name.
 */
export function createCatalog(
  rules: readonly PriceRule[],
  releases: readonly SoldRelease[],
): Catalog {
  if (rules.length === 0) {
    const reason = "nothing is sold; '*:signature:0' would serve everything for free";
    throw new OperatorError({ code: "SETTING_UNFIT", setting: "payments.prices", reason });
  }
  const named = namedReleases(releases);
  const names = (rule: PriceRule, { id, name }: { id: string; name: string }): boolean =>
    [id, name].includes(keyOf(rule.release));
  for (const rule of rules)
    if (rule.release !== EVERY && !named.some((it) => names(rule, it)))
      throw invalid(rule, "there is no such release among those that are served");

  const offers = named.flatMap((it): Offer[] => {
    const own = rules.filter((rule) => rule.release !== EVERY && names(rule, it));
    const replaced = new Set(own.map(nameOf));
    const prices = rules.flatMap((rule): Price[] => {
      if (rule.release === EVERY && !replaced.has(nameOf(rule))) return priceOf(rule, it) ?? [];
      if (!own.includes(rule)) return [];
      const price = priceOf(rule, it);
      if (price === undefined)
        throw invalid(rule, "the release has no circuit, and takes no proofs, escrows or vouchers");
      return price;
    });
    const twice = prices.find(({ name }, index) =>
      prices.slice(0, index).some((earlier) => earlier.name === name),
    );
    if (twice !== undefined)
      throw new OperatorError({
        code: "PRICE_INVALID",
        price: `${it.name}:${twice.name}`,
        reason: "two prices of the release have this name; give one of them another in the file",
      });
    const { id, name, release, circuit, text, created } = it;
    return prices.length === 0 ? [] : [{ id, name, release, circuit, text, created, prices }];
  });
  const byKey = new Map(offers.flatMap((it) => [[it.id, it] as const, [it.name, it] as const]));
  return { list: () => offers, find: (release) => byKey.get(keyOf(release)) };
}

/** Returns the price of a release under a rule; undefined where the release can never give what it demands. */
function priceOf(rule: PriceRule, { circuit, text }: SoldRelease): Price[] | undefined {
  if (circuit === null && !rule.policy.allOf.every(({ anyOf }) => anyOf.some(needsNoCircuit)))
    return undefined;
  // The chain has no form of a text's request.
  const settlement = rule.settlement.filter((way) => way === "payment" || text === null);
  if (settlement.length === 0) return undefined;
  return [{ name: nameOf(rule), policy: rule.policy, amount: rule.amount, settlement }];
}

function needsNoCircuit({ kind }: Requirement): boolean {
  return kind !== "zk";
}

/** The kinds of evidence, as in `zk+signature`. */
function nameOf({ name, policy }: PriceRule): string {
  return name ?? kindsOf(policy);
}

function kindsOf({ allOf }: Policy): string {
  return allOf.map(({ anyOf }) => [...new Set(anyOf.map(({ kind }) => kind))].join("|")).join("+");
}

/** Ids are hex of any case, names are as they are. */
function keyOf(release: string): string {
  return /^0x[0-9a-fA-F]{64}$/.test(release) ? release.toLowerCase() : release;
}

function invalid({ release, policy, amount }: PriceRule, reason: string): OperatorError {
  const price = `${release}:${kindsOf(policy)}:${amount}`;
  return new OperatorError({ code: "PRICE_INVALID", price, reason });
}
