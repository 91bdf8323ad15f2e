import type { Policy } from "@vouch/protocol";
import { findContractError } from "@vouch/protocol";
import { chainTime } from "../chainTime.ts";
import { SdkError } from "../errors.ts";
import type { FetchedRelease } from "../fetchRelease.ts";
import { quotePolicy } from "../quotePolicy.ts";
import type { Advice } from "./advice.ts";
import { adviseOn } from "./adviseOn.ts";
import { candidatePolicies } from "./candidatePolicies.ts";
import type { QuotedPolicy } from "./facts.ts";
import type { AdviceContracts } from "./fetchFacts.ts";
import { fetchFacts } from "./fetchFacts.ts";
import type { AdviceNeed } from "./need.ts";
import { requireReal } from "./requireReal.ts";
import type { StakeTerms } from "./stakeTerms.ts";

/** What is asked about. */
export type AdviceAsk = AdviceNeed & {
  /** As `fetchRelease` returns it. */
  readonly release: FetchedRelease;
  /** Block from which events of the deployment can be read. */
  readonly fromBlock: number;
  /** What the asker has in mind, to be weighed as the alternatives are. */
  readonly policy?: Policy;
  /** What a request with that policy exposes; the least stake that policy or floor name, and no cover, where absent. */
  readonly terms?: StakeTerms;
  /** Wei per unit of gas; the chain's own where absent. */
  readonly gasPrice?: bigint;
  /** Words of an answer, where the release has no circuit that says it; one each where absent. */
  readonly inputWords?: number;
  readonly outputWords?: number;
};

/** Taken where a chain names no price. */
const DEFAULT_GAS_PRICE = 1_000_000_000n;

/**
 * Returns which evidence to demand of a release for what is at stake. Reads the chain, and sends nothing.
 *
 * @example
 * const release = await fetchRelease(contracts, id, deployment.fromBlock);
 * const { recommendation, alternatives } = await advise(contracts, {
 *   release,
 *   fromBlock: deployment.fromBlock,
 *   valueAtStake: parseEther("2"),
 *   maxSeconds: 60,
 *   budget: parseEther("0.01"),
 *   believes: { attesters: [auditor] },
 * });
 *
 * @throws {SdkError} `PROVIDER_INVALID` where the contracts read through none, `DEPLOYMENT_MISMATCH` where they are the test kit's.
 */
export async function advise(contracts: AdviceContracts, ask: AdviceAsk): Promise<Advice> {
  const provider = contracts.requests.runner?.provider;
  if (provider === null || provider === undefined)
    throw new SdkError({ code: "PROVIDER_INVALID", reason: "the contracts read through none" });
  await requireReal(contracts);
  const [gasPrice, now] = await Promise.all([
    ask.gasPrice ?? provider.getFeeData().then((it) => it.gasPrice ?? DEFAULT_GAS_PRICE),
    chainTime(provider),
  ]);
  const { release, fromBlock, policy, terms } = ask;
  const facts = await fetchFacts(contracts, release, { fromBlock, gasPrice, now });
  const quoted = (it: Policy): Promise<QuotedPolicy> => quoteOrRefusal(contracts, ask, it);
  const [alternatives, chosen] = await Promise.all([
    Promise.all(candidatePolicies(facts, ask).map(quoted)),
    policy === undefined ? undefined : quoted(policy),
  ]);
  const asked = terms === undefined ? {} : { terms };
  const given = chosen === undefined ? {} : { chosen: { ...chosen, ...asked } };
  return adviseOn({ ...facts, alternatives, ...given }, ask);
}

/** A refusal by the router is an answer: no request can be made with this policy. Anything else passes through. */
async function quoteOrRefusal(
  contracts: AdviceContracts,
  { release, inputWords, outputWords }: AdviceAsk,
  policy: Policy,
): Promise<QuotedPolicy> {
  try {
    const quote = await quotePolicy(contracts, {
      release,
      policy,
      ...(inputWords === undefined ? {} : { inputWords }),
      ...(outputWords === undefined ? {} : { outputWords }),
    });
    return { policy, quote };
  } catch (error) {
    const refusal = findContractError(error);
    if (refusal?.name.startsWith("Policy") !== true) throw error;
    return { policy, quote: undefined };
  }
}
