import type { Hex, Policy } from "@vouch/protocol";
import { policyHash, serializeReceipt } from "@vouch/protocol";
import { chainTime } from "@vouch/sdk";
import type { GatewayPrice } from "@vouch/sdk/http";
import { openGateway } from "@vouch/sdk/http";
import { JsonRpcProvider } from "ethers";
import * as z from "zod";
import type { Settings } from "../../data/settings.ts";
import { receiptContents } from "../verify/receiptContents.ts";
import type { ShownAnswer } from "./askOnChain.ts";
import type { Account } from "./openAccount.ts";

/** What is asked of the gateway: numbers, or a text. */
export type GatewayQuestion = {
  readonly release: string;
  readonly input: readonly number[] | string;
  /** Whether a text is a conversation's message; otherwise it is gone on with. */
  readonly chat: boolean;
  readonly policy: Policy;
};

/** What happens on the way. */
export type GatewayNews = {
  readonly onStep: (words: string) => void;
  /** Of a language model, as it comes: nobody has verified it yet. */
  readonly onPiece: (text: string) => void;
  /** A payment that was signed: kept, it is never paid twice. */
  readonly onSigned: (payment: string) => void;
};

const offersSchema = z.object({
  accepts: z.array(
    z.object({
      asset: z.string().regex(/^0x[0-9a-fA-F]{40}$/),
      amount: z.string().regex(/^\d{1,39}$/),
      extra: z.object({ vouch: z.object({ policyHash: z.string() }).optional() }).optional(),
    }),
  ),
});
const MAX_SECONDS = 900;
const MAX_TOKENS = 128;

/** Returns what the gateway says that it sells a release for: its word, which an answer's receipt is held to. */
export async function listPrices(
  settings: Settings,
  release: string,
): Promise<readonly GatewayPrice[]> {
  const url = settings.gateway;
  if (url === undefined) return [];
  const gateway = await openGateway({ url, deployment: settings.deployment });
  const models = await gateway.models();
  return models.find((it) => it.release === release)?.prices ?? [];
}

/** Pays the gateway by x402 for an answer, and verifies its receipt as one of exactly this question. */
export async function askByGateway(
  settings: Settings,
  question: GatewayQuestion,
  account: Account,
  news: GatewayNews,
  options: { readonly price: bigint; readonly resume?: string; readonly signal: AbortSignal },
): Promise<ShownAnswer> {
  const { rpc, deployment, gateway: url } = settings;
  if (url === undefined) throw new Error("This page has no gateway.");
  const provider = new JsonRpcProvider(rpc, Number(deployment.chainId), { staticNetwork: true });
  const { signal, resume, price } = options;
  try {
    const token = await findToken(url, question, signal);
    const gateway = await openGateway({
      ...{ url, deployment, provider },
      ...(token === undefined
        ? {}
        : {
            pay: {
              ...{ signer: account.signer, token, maxAmount: price, maxSeconds: MAX_SECONDS },
              ways: ["payment", "individual"] as const,
              now: () => chainTime(provider),
            },
          }),
    });
    const call = {
      signal,
      ...(resume === undefined ? {} : { resume }),
      onProgress: (step: { readonly status: string; readonly payment?: string }) => {
        news.onStep(WORDS[step.status] ?? step.status);
        if (step.payment !== undefined) news.onSigned(step.payment);
      },
    };
    const { release, policy, input, chat } = question;
    if (typeof input !== "string") {
      const { receipt, verification } = await gateway.infer({ release, input, policy }, call);
      return shown(receipt, verification);
    }
    const shared = { model: release, max_tokens: MAX_TOKENS } as const;
    const events = chat
      ? gateway.streamChat(
          { body: { ...shared, messages: [{ role: "user", content: input }] }, policy },
          call,
        )
      : gateway.streamCompletion({ body: { ...shared, prompt: input }, policy }, call);
    for await (const event of events) {
      if (event.kind === "end") return shown(event.receipt, event.verification);
      news.onPiece(event.text);
    }
    throw new Error("The gateway's stream has no end."); // the SDK throws before
  } finally {
    provider.destroy();
  }
}

const WORDS: Readonly<Record<string, string>> = {
  priced: "The gateway named its price, which is within what you allowed.",
  signed: "The payment is signed. It is taken once, however often it is sent.",
  retrying: "The gateway did not answer: the same payment is sent again.",
  answered: "The gateway answered. Nobody has verified it yet.",
  verified: "The receipt was verified in this browser.",
};

/** Which token is asked for, an unpaid question tells; what is signed is held to the price that was agreed to. */
async function findToken(
  url: string,
  { release, input, chat, policy }: GatewayQuestion,
  signal: AbortSignal,
): Promise<Hex | undefined> {
  const isText = typeof input === "string";
  const path = isText ? (chat ? "v1/chat/completions" : "v1/completions") : `v1/infer/${release}`;
  const base = url.endsWith("/") ? url : `${url}/`;
  const body = isText
    ? {
        ...{ model: release, max_tokens: MAX_TOKENS },
        ...(chat ? { messages: [{ role: "user", content: input }] } : { prompt: input }),
      }
    : { tensor: input };
  const hash = policyHash(policy);
  const response = await fetch(new URL(path, base), {
    method: "POST",
    redirect: "error",
    headers: { "content-type": "application/json", "x-vouch-policy": hash },
    body: JSON.stringify(body),
    signal,
  });
  const offers = offersSchema.safeParse(await response.json().catch(() => null));
  if (response.status !== 402 || !offers.success) return undefined;
  const own = offers.data.accepts.find(({ extra }) => extra?.vouch?.policyHash === hash);
  return (own ?? offers.data.accepts[0])?.asset.toLowerCase() as Hex | undefined;
}

function shown(
  receipt: Parameters<typeof serializeReceipt>[0],
  { checks }: { readonly checks: readonly { readonly name: string; readonly detail: string }[] },
): ShownAnswer {
  return {
    contents: receiptContents(receipt),
    receipt: serializeReceipt(receipt),
    checks: checks.map((it) => `${it.name}: ${it.detail}`),
  };
}
