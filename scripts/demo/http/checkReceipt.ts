import type { Receipt } from "@vouch/protocol";
import { decodeAssurance, describeAssurance, parseReceipt, verifyReceipt } from "@vouch/protocol";
import { encodeReceipt } from "../receipt.ts";
import type { StepLog } from "../steps.ts";
import type { Stage } from "./stage.ts";

/** What a client knows of its request without the gateway. */
export type Expected = { readonly release: string; readonly request: string };

/**
 * Checks a receipt as a client that trusts no gateway does: every hash, signature and proof by itself, and the rest, such as the
 * operator's bond, by asking the chain's router.
 */
export async function checkReceipt(
  log: StepLog,
  { chain, cast }: Stage,
  json: unknown,
  { release, request }: Expected,
): Promise<Receipt> {
  const receipt = parseReceipt(json);
  const operator = cast.operator.address;
  const expected = { ...chain.domain, release, request, operator };
  const { checks } = await log.run("client verifies the receipt by itself", () =>
    Promise.resolve(verifyReceipt(receipt, expected)),
  );
  for (const { name, detail } of checks) log.note(`${name}: ${detail}`);
  const assessed = await log.run("client asks the router of the chain", () =>
    chain.contracts.router.assess(encodeReceipt(receipt)),
  );
  log.note(`assurance: ${describeAssurance(decodeAssurance(assessed))}`);
  return receipt;
}
