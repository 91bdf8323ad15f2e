/** Test only: a message board over a deployment whose answers can be challenged by proof. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";
import { ZeroHash } from "ethers";
import type { MessageBoard } from "../../offchain/protocol/typechain/index.ts";
import { vocabularyOf } from "../../scripts/examples/vocabularyOf.ts";
import { connection } from "./deployVouch.ts";
import { deployDisputes } from "./disputeScenario.ts";
import type { DisputeScenario } from "./disputeScenario.ts";
import { paramsOf } from "./feedScenario.ts";
import { CIRCUIT, ETHER, FEE, TRUST, prove, release, sign } from "./vouchScenario.ts";
import type { Params } from "./vouchScenario.ts";

const { ethers } = connection;

export const DEPOSIT: bigint = ETHER / 50n;
export const WINDOW = 3_600n;
export const MESSAGE = {
  none: 0n,
  pending: 1n,
  likelyHam: 2n,
  likelySpam: 3n,
  visible: 4n,
  spam: 5n,
  unjudged: 6n,
} as const;
export const BOARD_TERMS = {
  ...{ deposit: DEPOSIT, fee: FEE, stake: ETHER, bond: ETHER / 10n, window: WINDOW },
  ...{ lockPeriod: 600n, answerPeriod: 1_200n, trust: TRUST.any, pin: ZeroHash },
};
/** Words of logits above and not above zero. */
export const SPAM: bigint[] = [(1n << 31n) + 1n];
export const HAM: bigint[] = [1n << 31n];

/** What `models/sms-spam-mlp` reads of a text. */
export const TERMS = (
  JSON.parse(
    readFileSync(join(import.meta.dirname, "../../models/sms-spam-mlp/preprocess.json"), "utf8"),
  ) as { readonly terms: readonly string[] }
).terms;

export type Posted = { readonly id: bigint; readonly request: string; readonly terms: Params };
export type BoardScenario = DisputeScenario & {
  readonly board: MessageBoard;
  readonly boardRelease: string;
  readonly author: HardhatEthersSigner;
  /** Posts as `author`, unless another is named. */
  readonly post: (text: string, by?: HardhatEthersSigner) => Promise<Posted>;
  /** A message that somebody posted. */
  readonly asPosted: (id: bigint) => Promise<Posted>;
  /** Locks and answers as `operator`, with its signature. */
  readonly propose: (posted: Posted, output: bigint[]) => Promise<void>;
  /** Proposes, and makes it final when the window has passed. */
  readonly judge: (posted: Posted, output: bigint[]) => Promise<void>;
  readonly proofOf: (posted: Posted, output: bigint[]) => string;
};

export async function deployBoard(): Promise<BoardScenario> {
  const scenario = await deployDisputes();
  const { circuits, models, publisher, requests, operator, stranger, domain, claim } = scenario;
  const input = { mode: 0n, elements: BigInt(TERMS.length), bits: 1n, isSigned: false };
  const circuit = { ...CIRCUIT, input };
  const circuitId = await circuits.register.staticCall(circuit);
  await circuits.register(circuit);
  const published = release({
    ...{ publisher: publisher.address, model: "spam", circuit: circuitId, inputFractionBits: 0n },
  });
  const boardRelease = await models.publish.staticCall(published, "");
  await models.publish(published, "");
  const board = await ethers.deployContract("MessageBoard", [
    requests,
    boardRelease,
    vocabularyOf(TERMS),
    BOARD_TERMS,
  ]);

  const asPosted: BoardScenario["asPosted"] = async (id) => {
    const { request } = await board.messageOf(id);
    const [event] = await requests.queryFilter(requests.filters.InferenceRequested(request));
    return { id, request, terms: paramsOf(event!.args.params) };
  };
  const post: BoardScenario["post"] = async (text, by = stranger) => {
    await board.connect(by).post(text, { value: DEPOSIT + FEE });
    return asPosted(await board.messageCount());
  };
  const propose: BoardScenario["propose"] = async ({ request, terms }, output) => {
    await requests.connect(operator).lock(request, terms);
    const evidence = [await sign(operator, domain, claim(request, terms, output))];
    await requests.connect(operator).fulfil(request, terms, output, evidence);
  };
  return {
    ...scenario,
    ...{ board, boardRelease, author: stranger, asPosted, post, propose },
    judge: async (posted, output) => {
      await propose(posted, output);
      const windowEnd = await requests.windowEndOf(posted.request);
      await connection.networkHelpers.time.increaseTo(windowEnd + 1n);
      await requests.finalize(posted.request, posted.terms, output);
    },
    proofOf: ({ request, terms }, output) => prove(domain, claim(request, terms, output)).data,
  };
}
