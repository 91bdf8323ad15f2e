/** Test only: an answerer whose receipts verify, by a trapdoor instead of a model. */
import type { Answerer, Catalog, InferAsk, Offer, TextAsk } from "@vouch/gateway";
import { TEXT_PARAMETERS } from "@vouch/gateway";
import type { Hex, Receipt, RequestId } from "@vouch/protocol";
import {
  allOf,
  circuitId,
  hashOfWords,
  releaseId,
  requireSignature,
  requireZk,
  statementDigest,
  textWords,
} from "@vouch/protocol";
import { TRANSCRIPT, textReleaseOf } from "./textReceipt.ts";
import {
  CIRCUIT,
  DOMAIN,
  OPERATOR,
  OPERATOR_KEY,
  RELEASE,
  trapdoorReceipt,
} from "./trapdoorReceipt.ts";

export const SIGNATURE = allOf([requireSignature()]);
export const PROOF = allOf([requireSignature(), requireZk("any")]);

/** What is sold: one release of tensors, and one of text. */
export type TestPrices = { readonly signature: bigint; readonly zk?: bigint };

const tensorRelease = { ...RELEASE, circuit: circuitId(CIRCUIT) };
const textRelease = textReleaseOf(TRANSCRIPT);

/** Offers of both kinds at these prices. */
export function testCatalog(
  { signature, zk }: TestPrices,
  text: Partial<NonNullable<Offer["text"]>> = {},
): Catalog {
  const prices = [
    { name: "signature", policy: SIGNATURE, amount: signature },
    ...(zk === undefined ? [] : [{ name: "zk", policy: PROOF, amount: zk }]),
  ];
  const offers: readonly Offer[] = [
    {
      ...{ id: releaseId(tensorRelease), name: "credit", release: tensorRelease },
      ...{ circuit: CIRCUIT, created: 1_700_000_000, text: null, prices },
    },
    {
      ...{ id: releaseId(textRelease), name: "small-talk", release: textRelease },
      ...{ circuit: null, created: 1_700_000_000, prices: prices.slice(0, 1) },
      text: { parameters: TEXT_PARAMETERS, maxTokens: 64, ...text },
    },
  ];
  return {
    list: () => offers,
    find: (model) => offers.find(({ id, name }) => id === model || name === model),
  };
}

/** What an answerer was asked, and what tests make it do. */
export type TestAnswerer = Answerer & {
  readonly asked: (InferAsk | TextAsk)[];
  /** Called before each answer, and between the pieces of a text. */
  hold: (ask: InferAsk | TextAsk) => Promise<void>;
  /** Changes a receipt before it is given. */
  bend: (receipt: Receipt) => Receipt;
};

export const PIECES = ["It is ", "12.5 ", "°C."] as const;

/** Answers tensors with `[-5, 65536, 2^31 - 1]`, and texts with `PIECES`, or a call where there are tools. */
export function testAnswerer(): TestAnswerer {
  const answerer: TestAnswerer = {
    asked: [],
    hold: () => Promise.resolve(),
    bend: (receipt) => receipt,
    async infer(ask) {
      answerer.asked.push(ask);
      await answerer.hold(ask);
      const { requestId: request, input, policy } = ask;
      const kinds = policy === PROOF ? (["signature", "zk"] as const) : (["signature"] as const);
      return answerer.bend(trapdoorReceipt({ request, input, kinds }));
    },
    async *text(ask) {
      answerer.asked.push(ask);
      const isCall = ask.request.tools.length > 0;
      for (const text of isCall ? [] : PIECES) {
        await answerer.hold(ask);
        yield { kind: "text", text };
      }
      const generation = {
        ...TRANSCRIPT.generation,
        ...(isCall
          ? {
              text: "",
              finish: "toolCalls" as const,
              toolCalls: [{ id: "call-1", name: "weather", arguments: '{"city":"Zürich"}' }],
            }
          : { text: PIECES.join("") }),
      };
      const receipt = textReceiptOf(ask, generation);
      yield { kind: "end", generation, receipt: answerer.bend(receipt) };
    },
  };
  return answerer;
}

function textReceiptOf(
  { request, requestId }: { request: TextAsk["request"]; requestId: RequestId },
  generation: (typeof TRANSCRIPT)["generation"],
): Receipt {
  const transcript = { ...TRANSCRIPT, request, generation };
  const { input, output } = textWords(textRelease, transcript);
  const statement = {
    ...{ release: releaseId(textRelease), request: requestId, operator: OPERATOR },
    ...{ inputHash: hashOfWords(input), outputHash: hashOfWords(output) },
  };
  const signature = OPERATOR_KEY.sign(statementDigest(DOMAIN, statement)).serialized as Hex;
  const evidence = [{ kind: "signature", signature, path: [] } as const];
  const parts = { domain: DOMAIN, statement, input, output, evidence };
  return { ...parts, release: textRelease, circuit: null, transcript };
}
