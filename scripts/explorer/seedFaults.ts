import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";
import type { EncodedRequestParams, RequestId } from "@vouch/protocol";
import { connectContracts, encodeRequestParams, escrowOf } from "@vouch/protocol";
import type { Question } from "./askOnce.ts";
import { askOnce, paramsOf, sendQuestion } from "./askOnce.ts";
import { DAY, inOneBlock } from "./clock.ts";
import type { Listed } from "./publishCatalog.ts";
import type { Requester, Town } from "./town.ts";

const GWEI = 10n ** 9n;
const ETHER = 10n ** 18n;
const FEE = 1_000_000n * GWEI;
/** Locking and answering cost less; nothing is estimated before the block is mined. */
const GAS = 2_000_000n;

/**
 * Has a staked account take a request before anybody else, and answer it wrongly. The operators run it again and challenge it; no proof can
 * defend it, so that it falls when the time for a response is over.
 */
export async function answerWrongly(town: Town, listed: Listed): Promise<RequestId> {
  const { chain, liar } = town;
  const requester = victimOf(town);
  const question = { listed, row: 3, fee: FEE, policy: "signature", nonce: 9_001n };
  const honest = await askOnce(town, requester, question);
  const { receipt } = await requester.sdk.receipt.fetch(honest);
  const policy = `optimistic:${DAY}:any`;
  const { id, params } = await takeFirst(town, liar, { ...question, policy, nonce: 9_002n });
  const [word = 0n, ...rest] = receipt.output;
  const { requests } = connectContracts(chain.deployment, liar);
  await (await requests.fulfil(id, params, [word ^ 1n, ...rest], [])).wait();
  return id;
}

/** Has a staked account take a request, and never answer it: its requester takes the escrow back when that is late. */
export async function takeAndLeave(town: Town, listed: Listed): Promise<RequestId> {
  const question = { listed, row: 5, fee: FEE, policy: "signature", nonce: 9_003n };
  return (await takeFirst(town, town.idler, question)).id;
}

/** Asks for a genuine enclave, which no operator here has: nobody takes it. */
export function askInVain(town: Town, listed: Listed): Promise<RequestId> {
  const question = { listed, row: 7, fee: FEE, policy: "tee:UpToDate", nonce: 9_004n };
  return sendQuestion(town, victimOf(town), { ...question, lockSeconds: 600 });
}

/** Who asks what comes to nothing; it takes its escrows back itself. */
export function victimOf({ requesters }: Town): Requester {
  const [requester] = requesters;
  if (requester === undefined) throw new RangeError("the town has no requester");
  return requester;
}

type Taken = {
  readonly id: RequestId;
  readonly params: EncodedRequestParams;
};

/** Stakes for an account, asks, and locks in the same block, before any operator sees that it was asked. */
async function takeFirst(
  town: Town,
  taker: HardhatEthersSigner,
  question: Question,
): Promise<Taken> {
  const { connection, deployment } = town.chain;
  const { signer } = victimOf(town);
  const { vault, signatures, requests } = connectContracts(deployment, taker);
  await (await vault.stake({ value: ETHER })).wait();
  for (const holder of [requests, signatures]) await (await vault.authorise(holder, true)).wait();
  const params = await paramsOf(town.chain, question);
  const encoded = encodeRequestParams(params);
  const own = connectContracts(deployment, signer).requests;
  const id = (await own.requestIdOf(signer.address, params.nonce)) as RequestId;
  await inOneBlock(connection, async () => {
    await own.request(encoded, { value: escrowOf(params), gasLimit: GAS });
    await requests.lock(id, encoded, { gasLimit: GAS });
  });
  return { id, params: encoded };
}
