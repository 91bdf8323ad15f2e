import type { SettlementMode } from "@vouch/gateway";
import { DEFAULT_SETTLEMENT, SETTLEMENT_MODES } from "@vouch/gateway";
import type { Policy } from "@vouch/protocol";
import { ProtocolError, parsePolicy } from "@vouch/protocol";
import { OperatorError } from "../errors.ts";

/** What an answer under one policy costs: of one release, or of every one that can give it. */
export type PriceRule = {
  /** A release's id, the name it is sold by, or `*`. */
  readonly release: string;
  readonly policy: Policy;
  /** What requesters select it by; follows from the policy where absent. */
  readonly name?: string | undefined;
  /** Smallest units of the token; 0 is free. */
  readonly amount: bigint;
  readonly settlement: readonly SettlementMode[];
};

const FORM = /^\s*([^:]+?)\s*:(.+?):(\d{1,38})(?::([a-z/]+))?\s*$/;

/**
 * Reads `<release|*>:<policy>:<amount>[:<way>/<way>]`, as in `*:signature:1000` and `credit:zk:any+signature:2000:payment/individual`;
 * the policy as `parsePolicy` reads it.
 *
 * @throws {OperatorError} `PRICE_INVALID`.
 */
export function parsePriceRule(text: string): PriceRule {
  const [, release, policy, amount, ways] = FORM.exec(text) ?? [];
  if (release === undefined || policy === undefined || amount === undefined)
    throw invalid(
      text,
      "it is not of the form release:policy:amount or release:policy:amount:way/way",
    );
  return {
    release,
    policy: policyIn(text, policy),
    amount: BigInt(amount),
    settlement:
      ways === undefined ? DEFAULT_SETTLEMENT : ways.split("/").map((it) => wayIn(text, it)),
  };
}

function policyIn(text: string, policy: string): Policy {
  try {
    return parsePolicy(policy);
  } catch (cause) {
    if (!(cause instanceof ProtocolError) || cause.data.code !== "POLICY_INVALID") throw cause;
    throw invalid(text, cause.data.reason, cause);
  }
}

function wayIn(text: string, name: string): SettlementMode {
  const way = SETTLEMENT_MODES.find((it) => it === name);
  if (way === undefined)
    throw invalid(text, `"${name}" is no way to settle; ${SETTLEMENT_MODES.join(", ")} are`);
  return way;
}

function invalid(price: string, reason: string, cause?: unknown): OperatorError {
  return new OperatorError({ code: "PRICE_INVALID", price, reason }, { cause });
}
