import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";
import type { Hex, RequestId, RequestParams } from "@vouch/protocol";
import {
  allOf,
  connectCourts,
  encodeRequestParams,
  packWords,
  requireOptimistic,
  requireZk,
} from "@vouch/protocol";
import type { DutyStep, MinedTransaction, RoundDeps, Send } from "@vouch/worker";
import {
  createStatementProver,
  directSend,
  loadedReleases,
  memoryBytes,
  memorySignLog,
  openSealingIdentity,
  panelSecret,
  readHeader,
  sealedOpenings,
} from "@vouch/worker";
import { getBytes, id as hashText } from "ethers";
import { pino } from "pino";
import { contractsAs } from "../../offchain/hardhat/tasks/openChain.ts";
import { askRow } from "./creditScenario.ts";
import type { Scenario } from "./creditScenario.ts";

export const WINDOW = 3_600;

/** Answers stand for an hour; a proof under any set-up decides. */
export const OPTIMISTIC = allOf([requireOptimistic(WINDOW, requireZk("any"))]);

/** What the duties of an account work with: a process of its own, whose memory ends with it. */
export async function dutiesOf(
  { chain, served }: Scenario,
  signer: HardhatEthersSigner,
  change: Partial<RoundDeps> = {},
): Promise<RoundDeps> {
  const contracts = contractsAs(chain, signer);
  const { provider } = chain.connection.ethers;
  const operator = signer.address.toLowerCase() as Hex;
  return {
    operator,
    send: directSend(signer, 25),
    contracts,
    courts: await connectCourts(contracts),
    domain: chain.domain,
    openings: sealedOpenings(chain.home, await openSealingIdentity(chain.home, operator)),
    releases: loadedReleases(new Map([[served.id, served]])),
    fromBlock: chain.deployment.fromBlock,
    log: pino({ level: "silent" }),
    proofs: memoryBytes(),
    prover: createStatementProver(),
    outputs: memoryBytes(),
    signLog: memorySignLog(),
    secret: panelSecret(getBytes(hashText(`secret of ${signer.address}`))),
    header: (number) =>
      readHeader(number, { send: (method, params) => provider.send(method, params) }),
    ...change,
  };
}

/** A provisional answer. */
export type Answered = {
  readonly id: RequestId;
  readonly params: RequestParams;
  readonly output: readonly bigint[];
};

/** Asks for a row and has `operator` answer it, rightly unless another output is given; the answer is open to challenge. */
export async function answerRow(
  scenario: Scenario,
  operator: HardhatEthersSigner,
  row: number,
  { output, ...change }: Partial<RequestParams> & { readonly output?: readonly bigint[] } = {},
): Promise<Answered> {
  const { chain, served } = scenario;
  const { id, params, elements } = await askRow(scenario, row, { policy: OPTIMISTIC, ...change });
  const right = packWords(await served.model.run(elements), served.compiled.output);
  const words = output ?? right;
  const { requests } = contractsAs(chain, operator);
  const encoded = encodeRequestParams(params);
  await requests.lock(id, encoded);
  await requests.fulfil(id, encoded, [...words], []);
  return { id, params, output: words };
}

/** Another canonical output than this one. */
export const wrong = ([first = 0n, ...rest]: readonly bigint[]): bigint[] => [first ^ 1n, ...rest];

/** Takes steps until there is nothing to do for now; returns the keys of what was sent, and how it ended. */
export async function drive(
  step: () => Promise<DutyStep>,
): Promise<{ readonly sent: readonly string[]; readonly end: DutyStep }> {
  const sent: string[] = [];
  for (let i = 0; i < 20; i++) {
    const taken = await step();
    if (taken.status === "over" || taken.status === "waiting") return { sent, end: taken };
    if (taken.status === "sent") sent.push(taken.key);
  }
  throw new Error(`no end after 20 steps: ${sent.join(", ")}`);
}

/** A `Send` that dies instead of sending the intents that `dies` names. */
export function dyingSend(send: Send, dies: (key: string) => boolean): Send {
  return (intent): Promise<MinedTransaction> =>
    dies(intent.key) ? Promise.reject(new Error("killed here")) : send(intent);
}
