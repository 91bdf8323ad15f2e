/** Test only: how the functions that pages define are called, by the word `call=` of their fence. */
import { SdkError } from "@vouch/sdk";
import { openGateway } from "@vouch/sdk/http";
import type { GatewayOptions } from "@vouch/sdk/http";
import { JsonRpcProvider } from "ethers";
import type { Given } from "./surroundings.ts";

/** Where the pages' chain and gateway are (`route.ts`). */
const NODE = "http://127.0.0.1:8545";
const GATEWAY = "https://answers.example";
/** Somebody who attested to nothing. */
const AUDITOR = `0x${"aa".repeat(20)}`;

type Exported = (...args: readonly unknown[]) => Promise<unknown>;
type Call = (exported: Exported, given: Given) => Promise<unknown>;

export const CALLS: Readonly<Record<string, Call>> = {
  // No set-up of a development chain is believed, so that this one ends with the refusal which its page speaks of.
  policyFor: (policyFor, { deployment }) => refusalOf(policyFor(deployment, AUDITOR)),
  score: async (score, { deployment, input }) =>
    score(await new JsonRpcProvider(NODE).getSigner(), deployment, input),
  buy: (buy, given) => buy(optionsOf(given), given.key, given.token, given.release),
  // A gateway that says its price and is paid nothing: what nobody signed for is not asked anew.
  inferOnce: async (inferOnce, given) => {
    const ask = { release: given.release, input: [0.5, -0.25, 0.125, 0], policy: "signature" };
    return refusalOf(inferOnce(await openGateway(optionsOf(given)), ask));
  },
  tell: async (tell, given) => tell(await openGateway(optionsOf(given)), given.release),
};

/** Returns the code of an error of the SDK's; what ends in no error, or in another, is passed on. */
async function refusalOf(work: Promise<unknown>): Promise<unknown> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof SdkError) return error.code;
    throw error;
  }
}

function optionsOf({ deployment, operator = "" }: Given): GatewayOptions {
  const provider = new JsonRpcProvider(NODE, undefined, { batchMaxCount: 1 });
  return { url: GATEWAY, deployment, operators: [operator], provider };
}
