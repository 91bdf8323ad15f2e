import type { Contracts, Receipt, Verification } from "@vouch/protocol";
import {
  decodeAssurance,
  describeUndecided,
  enumName,
  isMetOnChain,
  ProtocolError,
  REQUEST_STATUSES,
} from "@vouch/protocol";
import { SdkError } from "./errors.ts";

/**
 * Returns a verification whose undecided clauses are those that the chain has not decided either: what it keeps of a final answer
 * decides all of them. An answer that is still open to challenge leaves them as they are.
 *
 * @throws {SdkError} `REQUEST_NOT_FULFILLED` for an answer that was overturned; {ProtocolError} `FLOOR_NOT_MET`.
 */
export async function decideFloor(
  { requests }: Pick<Contracts, "requests">,
  { statement: { request }, release }: Receipt,
  verification: Verification,
): Promise<Verification> {
  const requestStatus = enumName(REQUEST_STATUSES, await requests.statusOf(request));
  if (requestStatus === "overturned")
    throw new SdkError({ code: "REQUEST_NOT_FULFILLED", request, requestStatus });
  const { undecided } = verification;
  if (undecided.length === 0 || requestStatus !== "fulfilled") return verification;

  const assurance = decodeAssurance(await requests.assuranceOf(request));
  const circuit = BigInt(release.circuit) === 0n ? undefined : release.circuit;
  const decided = undecided.map(({ clause, demands }) => {
    const found = release.floor.allOf[clause];
    if (found === undefined || !isMetOnChain(found, assurance, circuit))
      throw new ProtocolError({ code: "FLOOR_NOT_MET", clause, demands });
    return {
      name: "floor",
      detail: `clause ${clause}, "${demands}": the chain says that it is met`,
    };
  });
  const words = new Set(undecided.map(describeUndecided));
  return {
    ...verification,
    checks: [...verification.checks, ...decided],
    undecided: [],
    notChecked: verification.notChecked.filter((it) => !words.has(it)),
  };
}
