import type { Assurance, Policy, Receipt, ReleaseId, RequestId } from "@vouch/protocol";
import {
  ProtocolError,
  decodeAssurance,
  describePolicy,
  describeUndecided,
  encodePolicy,
  encodeReceiptEvidence,
  findContractError,
  parseReceipt,
  verifyReceipt,
} from "@vouch/protocol";
import { abortable } from "../abort.ts";
import { translateError } from "../client/translateError.ts";
import { SdkError } from "../errors.ts";
import type { VerifiedReceipt } from "../fetchReceipt.ts";
import { checkablePolicy, findLack } from "./demands.ts";
import { findDifference } from "./difference.ts";
import type { GatewaySession } from "./session.ts";

/** What an answer has to be an answer to. */
export type Question = {
  readonly id: RequestId;
  readonly release: ReleaseId;
  readonly policy: Policy;
  /** Input words of a tensor; null where the words are hashes that `opens` compares the openings of. */
  readonly words: readonly bigint[] | null;
  /** Returns what the transcript of a receipt has to say; undefined for tensors. */
  readonly opens?: (receipt: Receipt) => Pick<NonNullable<Receipt["transcript"]>, "request">;
};

export type VerifiedAnswer = VerifiedReceipt & {
  /** As the chain's router judges it; without a chain, as the receipt shows it. */
  readonly assurance: Assurance;
};

/**
 * Reads a receipt that a gateway gave, and demands that it is one of this question: of this deployment, release, request and input, by
 * one of these operators, with evidence that holds and meets the policy.
 *
 * @throws {SdkError} `GATEWAY_LIED`, naming the field, with what refused it as the cause; `CHAIN_NEEDED`, `RPC_UNAVAILABLE`, `ABORTED`.
 */
export async function verifyAnswer(
  session: GatewaySession,
  json: unknown,
  question: Question,
  signal: AbortSignal | undefined,
): Promise<VerifiedAnswer> {
  const { domain, operators, contracts } = session;
  const { id: request, release, policy } = question;
  const receipt = believed(() => withoutHearsay(parseReceipt(json)));
  const verification = believed(() => verifyReceipt(receipt, { ...domain, release, request }));
  const { operator } = receipt.statement;
  if (operators !== undefined && !operators.includes(operator))
    throw lie("receipt.statement.operator", operator, operators.join(" or "));
  requireInput(receipt, question);
  const own = checkablePolicy(policy, { operators, hasChain: contracts !== null });
  const lack = findLack(own, receipt);
  if (lack !== undefined) {
    const kinds = receipt.evidence.map(({ kind }) => kind).join(", ");
    throw lie("receipt.evidence", kinds, `none that is ${lack}`);
  }
  const [open] = contracts === null ? verification.undecided : [];
  if (open !== undefined)
    throw new SdkError({ code: "CHAIN_NEEDED", demands: describeUndecided(open) });
  const assurance =
    contracts === null ? verification.assurance : await judge(contracts, receipt, policy, signal);
  return { receipt, verification, assurance };
}

/** What ran a tensor is covered by no evidence: what passes it on could have written anything there. */
function withoutHearsay({ execution, ...receipt }: Receipt): Receipt {
  return receipt.transcript === undefined || execution === undefined
    ? receipt
    : { ...receipt, execution };
}

/** @throws {SdkError} `GATEWAY_LIED`. */
export function lie(field: string, claimed: string, proven: string, cause?: unknown): SdkError {
  return new SdkError({ code: "GATEWAY_LIED", field, claimed, proven }, { cause });
}

/** @throws {SdkError} `GATEWAY_LIED`, for the first place where what is claimed is not what is proven. */
export function requireSame(proven: unknown, claimed: unknown, path = ""): void {
  const found = findDifference(proven, claimed, path);
  if (found !== undefined) throw lie(found.path, found.claimed, found.proven);
}

function requireInput(receipt: Receipt, { words, opens }: Question): void {
  if (words !== null) {
    const hex = (list: readonly bigint[]): string[] => list.map((it) => `0x${it.toString(16)}`);
    requireSame(hex(words), hex(receipt.input), "receipt.input");
  }
  if (opens === undefined) return;
  if (receipt.transcript === undefined)
    throw lie("receipt.transcript", "missing", "what its words are hashes of");
  requireSame(opens(receipt).request, receipt.transcript.request, "receipt.transcript.request");
  // The other way round, too: what was not asked for has no place in it.
  requireSame(receipt.transcript.request, opens(receipt).request, "receipt.transcript.request");
}

/** Asks the router of the chain, which knows bonds, attestations, and what is registered. */
async function judge(
  { router }: NonNullable<GatewaySession["contracts"]>,
  receipt: Receipt,
  policy: Policy,
  signal: AbortSignal | undefined,
): Promise<Assurance> {
  const { release, request, operator } = receipt.statement;
  const encoded = {
    ...{ release, request, operator },
    ...{ input: [...receipt.input], output: [...receipt.output] },
    evidence: encodeReceiptEvidence(receipt),
  };
  try {
    const call = router.requireReceipt(encoded, encodePolicy(policy));
    return decodeAssurance(await abortable(call, signal, "asking the chain about the receipt"));
  } catch (error) {
    const refusal = findContractError(error);
    if (refusal === undefined) throw translateError(error, "judge the receipt");
    const words = `${refusal.name}(${refusal.args.join(", ")})`;
    throw lie("receipt", describePolicy(policy), `refused by the chain: ${words}`, error);
  }
}

/** What is wrong with a receipt is what its giver claims wrongly. */
function believed<T>(check: () => T): T {
  try {
    return check();
  } catch (cause) {
    if (!(cause instanceof ProtocolError)) throw cause;
    const { data } = cause;
    const field = "field" in data ? data.field : "component" in data ? data.component : undefined;
    const claimed = first(data, ["claimed", "found", "operator"]) ?? "a receipt that verifies";
    const proven = first(data, ["derived", "expected", "recovered"]) ?? cause.message;
    throw lie(field === undefined ? "receipt" : `receipt.${field}`, claimed, proven, cause);
  }
}

function first(data: object, names: readonly string[]): string | undefined {
  const found = Object.entries(data).find(([name]) => names.includes(name));
  return found === undefined ? undefined : String(found[1]);
}
