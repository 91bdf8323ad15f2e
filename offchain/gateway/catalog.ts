import type { Hex, Policy, Release, ReleaseCircuit, ReleaseId } from "@vouch/protocol";
import { policyHash } from "@vouch/protocol";
import { GatewayError } from "./errors.ts";

/**
 * What becomes of a request on the chain: `payment`, nothing but the transfer that pays for it; `batch`, a leaf under one root for
 * many receipts, paid out of a deposit; `record`, the same, with the whole receipt kept in public by its content address; `individual`, the request itself, which holds the payment until its evidence verifies.
 */
export const SETTLEMENT_MODES = ["payment", "batch", "record", "individual"] as const;

/** See `SETTLEMENT_MODES`. */
export type SettlementMode = (typeof SETTLEMENT_MODES)[number];

/** How a price is settled that does not say. */
export const DEFAULT_SETTLEMENT: readonly SettlementMode[] = ["payment"];

/** What an answer under one policy costs. */
export type Price = {
  /** Short name that a requester may select the policy by, as in `zk`. */
  readonly name: string;
  readonly policy: Policy;
  /** Smallest units of the gateway's token; 0 is free. */
  readonly amount: bigint;
  /**
   * Ways to settle that a requester may choose from; `payment` where absent. A text is settled by `payment` alone: the chain has no
   * form of its request.
   */
  readonly settlement?: readonly SettlementMode[];
};

/** A price with the hash that its policy is bound by. */
export type HashedPrice = Price & { readonly policyHash: Hex };

/** Parameters of a text request that a back end may or may not honour, by OpenAI's names. */
export const TEXT_PARAMETERS = [
  ...(["temperature", "top_p", "seed", "stop", "tools", "tool_choice"] as const),
  ...(["response_format.json_object", "response_format.json_schema"] as const),
  ...(["frequency_penalty", "presence_penalty"] as const),
] as const;

/** See `TEXT_PARAMETERS`. */
export type TextParameter = (typeof TEXT_PARAMETERS)[number];

/** What makes a release one of text, and what its back end honours. */
export type TextOffer = {
  readonly parameters: readonly TextParameter[];
  /** Most tokens of an answer; a request for more is refused. */
  readonly maxTokens: number;
};

/** A release as a gateway sells it. */
export type Offer = {
  readonly id: ReleaseId;
  /** What OpenAI's clients put in `model`. */
  readonly name: string;
  readonly release: Release;
  /** `null` where the release has no circuit. */
  readonly circuit: ReleaseCircuit | null;
  /** Seconds since 1970. */
  readonly created: number;
  /** `null` for tensors. */
  readonly text: TextOffer | null;
  /** One a policy; the first is what a stock client takes. */
  readonly prices: readonly Price[];
};

/** What there is to buy, at this moment. */
export type Catalog = {
  /** Finds by release id or by name. */
  readonly find: (release: string) => Offer | undefined;
  readonly list: () => readonly Offer[];
};

/** Returns the least that anything that is not free costs; undefined where nothing does. */
export function leastPrice(catalog: Catalog): bigint | undefined {
  const amounts = catalog.list().flatMap(({ prices }) => prices.map(({ amount }) => amount));
  return amounts
    .filter((it) => it > 0n)
    .reduce<bigint | undefined>(
      (least, it) => (least === undefined || it < least ? it : least),
      undefined,
    );
}

/** @throws {GatewayError} `RELEASE_UNKNOWN`, `RELEASE_KIND` where it takes another kind of input. */
export function findOffer(catalog: Catalog, model: string, kind: "tensor" | "text"): Offer {
  const offer = catalog.find(model);
  if (offer === undefined) throw new GatewayError({ code: "RELEASE_UNKNOWN", model });
  const found = offer.text === null ? "tensor" : "text";
  if (found !== kind) throw new GatewayError({ code: "RELEASE_KIND", model, kind: found });
  return offer;
}

/**
 * Returns the prices that a requester's selection leaves: all without one.
 *
 * @param selection name or hash of a policy
 * @throws {GatewayError} `POLICY_NOT_OFFERED`.
 */
export function selectPrices(
  offer: Offer,
  selection: string | undefined,
): readonly [HashedPrice, ...HashedPrice[]] {
  const prices = offer.prices.map((it) => ({ ...it, policyHash: hashOf(it.policy) }));
  const [first, ...rest] =
    selection === undefined
      ? prices
      : prices.filter(({ name, policyHash: hash }) =>
          [name, hash].includes(selection.toLowerCase()),
        );
  if (first === undefined)
    throw new GatewayError({
      code: "POLICY_NOT_OFFERED",
      policy: selection ?? "any",
      offered: prices.map(({ name }) => name),
    });
  return [first, ...rest];
}

const hashes = new WeakMap<Policy, Hex>();

/** A policy's hash costs a few hundred microseconds, and catalogues keep their policies. */
function hashOf(policy: Policy): Hex {
  const known = hashes.get(policy);
  if (known !== undefined) return known;
  const hash = policyHash(policy);
  hashes.set(policy, hash);
  return hash;
}
