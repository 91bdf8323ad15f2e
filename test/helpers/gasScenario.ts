import { id } from "ethers";
import type { ContractTransactionResponse, TransactionReceipt, TransactionRequest } from "ethers";
import { commitmentAt, ownRelease, provenReceipt, receiptOfCall } from "./batchScenario.ts";
import type { Connection } from "./deployVouch.ts";
import type { Policy, Receipt, Scenario } from "./vouchScenario.ts";
import {
  BAD,
  ETHER,
  GOOD,
  INPUT,
  SIGNATURE,
  ZK,
  all,
  escrowOf,
  hashOfWords,
  prove,
  release,
  scenarioOn,
  sign,
  signature,
  zk,
} from "./vouchScenario.ts";

/** Deadlines are calldata, and a zero byte is cheaper: here none is zero, whatever the minute. */
export const A_MOMENT = 0xf486_8010;

/** One clause that either kind of evidence meets. */
export const ZK_OR_SIGNATURE: Policy = { allOf: [{ anyOf: [zk(), signature] }], minStake: 0n };

/** A deployment in use: every party has been credited before, so that no first-time slot is counted. */
export async function scenarioInUse(chain: Connection): Promise<Scenario> {
  const scenario = await scenarioOn(chain);
  await chain.networkHelpers.time.increaseTo(A_MOMENT);
  await scenario.signatures.connect(scenario.operator).post(ETHER);
  for (const policy of [all(zk(), signature), all(zk()), all(signature)])
    await settle(scenario, policy);
  return scenario;
}

/** The transactions of one request, and what settled it. */
export type Settlement = {
  readonly request: TransactionReceipt;
  readonly lock: TransactionReceipt;
  readonly fulfil: TransactionReceipt;
  readonly receipt: Receipt;
};

/** Asks, locks and fulfils with the first evidence that each clause names; a signature is made by `signBy`. */
export async function settle(
  scenario: Scenario,
  policy: Policy,
  signBy: typeof sign = sign,
): Promise<Settlement> {
  const { requests, requester, operator, domain, params, claim } = scenario;
  const terms = await params({ policy });
  const request = await requests.requestIdOf(requester, terms.nonce);
  const asked = await mined(requests.connect(requester).request(terms, { value: escrowOf(terms) }));
  const lock = await mined(requests.connect(operator).lock(request, terms));
  const statement = claim(request, terms);
  const demanded = policy.allOf.map(({ anyOf }) => anyOf[0]!.kind);
  const evidence = [
    ...(demanded.includes(ZK) ? [prove(domain, statement)] : []),
    ...(demanded.includes(SIGNATURE) ? [await signBy(operator, domain, statement)] : []),
  ];
  const fulfil = await mined(requests.connect(operator).fulfil(request, terms, GOOD, evidence));
  return { request: asked, lock, fulfil, receipt: { ...statement, evidence } };
}

/** Publishes one more release of the scenario's circuit. */
export async function publishRelease(
  scenario: Scenario,
  circuit: string,
): Promise<TransactionReceipt> {
  const { models, publisher } = scenario;
  const fresh = release({ publisher: publisher.address, circuit, version: "gas" });
  return mined(models.publish(fresh, ""));
}

/** A proven receipt brought in calldata, whatever it was asked for. */
export function provenClaim({ domain, operator, releaseId }: Scenario): Receipt {
  const claim = {
    ...{ release: releaseId, request: id("request"), operator: operator.address },
    ...{ input: INPUT, output: GOOD },
  };
  return { ...claim, evidence: [prove(domain, claim)] };
}

/** Verifies a receipt as a transaction of its own. */
export async function requireProven(
  chain: Connection,
  { router }: Scenario,
  receipt: Receipt,
): Promise<TransactionReceipt> {
  const data = router.interface.encodeFunctionData("requireReceipt", [receipt, all(zk())]);
  return receiptOfCall(chain, { to: router, data } satisfies TransactionRequest);
}

/** Verifies receipts of one proof each, all of one circuit. */
export async function verifyBatch(
  chain: Connection,
  scenario: Scenario,
  count: number,
): Promise<TransactionReceipt> {
  const receipts = Array.from({ length: count }, (_, i) =>
    provenReceipt(scenario, ownRelease(scenario), i),
  );
  return assessTogether(chain, scenario, receipts);
}

/** Verifies receipts at once. */
export async function assessTogether(
  chain: Connection,
  { router }: Pick<Scenario, "router">,
  receipts: Receipt[],
): Promise<TransactionReceipt> {
  const data = router.interface.encodeFunctionData("assessMany", [receipts]);
  return receiptOfCall(chain, { to: router, data });
}

/** Settles proven answers to as many requests of one requester, at once. */
export async function settleBatch(scenario: Scenario, count: number): Promise<TransactionReceipt> {
  const { requests, operator, domain, params, lock, claim } = scenario;
  const fulfilments = [];
  for (let i = 0; i < count; i++) {
    const terms = await params({ policy: all(zk()), stake: ETHER / 100n, bond: ETHER / 1000n });
    const request = await lock(terms);
    const evidence = [prove(domain, claim(request, terms), undefined, commitmentAt(i))];
    fulfilments.push({ id: request, params: terms, output: GOOD, evidence });
  }
  const receipt = await mined(
    requests.connect(operator).fulfilMany(fulfilments, { gasLimit: 16_000_000n }),
  );
  const { length } = receipt.logs.filter(
    ({ topics }) => topics[0] === requests.interface.getEvent("RequestSettled").topicHash,
  );
  if (length !== count) throw new Error(`${length} of ${count} requests were settled`);
  return receipt;
}

/** Shows that the operator signed two answers to one request, of the name; its bond is slashed. */
export async function showEquivocation(
  { signatures, router, operator, stranger, domain, releaseId }: Scenario,
  name: string,
): Promise<TransactionReceipt> {
  const claim = {
    ...{ release: releaseId, request: id(name), operator: operator.address },
    ...{ input: INPUT, output: GOOD },
  };
  const statement = {
    ...{ release: claim.release, request: claim.request, operator: claim.operator },
    ...{ inputHash: hashOfWords(claim.input), outputHash: hashOfWords(claim.output) },
  };
  const one = await sign(operator, domain, claim);
  const other = await sign(operator, domain, { ...claim, output: BAD });
  return mined(
    signatures
      .connect(stranger)
      .showEquivocation(router, statement, one.data, hashOfWords(BAD), other.data),
  );
}

/** The second slash of an operator, of which its first paid the same challenger. */
export async function slashAgain(scenario: Scenario): Promise<TransactionReceipt> {
  const bonds = scenario.signatures.connect(scenario.operator);
  await showEquivocation(scenario, "first equivocation");
  await bonds.post(ETHER);
  return showEquivocation(scenario, "second equivocation");
}

/** What a transaction came to. */
export async function mined(
  sent: Promise<ContractTransactionResponse>,
): Promise<TransactionReceipt> {
  const receipt = await (await sent).wait();
  if (receipt === null) throw new Error("the transaction is not mined");
  return receipt;
}
