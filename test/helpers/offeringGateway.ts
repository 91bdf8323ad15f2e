/** Test only: a gateway in memory that asks for a payment by any offers, and then says whatever a test has it say. */
import type { Hex, Receipt, ReleaseId, RequestId } from "@vouch/protocol";
import {
  ESCROW_SCHEME,
  VOUCHER_SCHEME,
  allOf,
  hashOfWords,
  packWords,
  policyHash,
  quantizeTensor,
  requireSignature,
  serializeReceipt,
  wordToHex,
} from "@vouch/protocol";
import { TRAPDOOR_DEPLOYMENT } from "./trapdoorDeployment.ts";
import { CIRCUIT, DOMAIN, OPERATOR, trapdoorReceipt } from "./trapdoorReceipt.ts";

export const TENSOR: readonly number[] = Array.from({ length: 20 }, (_, i) => i / 256);
export const TOKEN: Hex = `0x${"70".repeat(20)}`;
export const PAYEE: Hex = `0x${"d4".repeat(20)}`;
export const PRICE = 10n;

const WORDS = packWords(
  quantizeTensor(TENSOR, { ...CIRCUIT.input, fractionBits: 8 }),
  CIRCUIT.input,
);
export const RELEASE_ID: ReleaseId = trapdoorReceipt().statement.release;
const POLICY_HASH = policyHash(allOf([requireSignature()]));
const at = (contract: string): unknown => TRAPDOOR_DEPLOYMENT[contract];

const TERMS = {
  ...{ release: RELEASE_ID, inputHash: hashOfWords(WORDS), policyHash: POLICY_HASH },
  seconds: 600,
};

function offer(scheme: string, settlement: string, payTo: unknown, extra: object) {
  const vouch = { policyHash: POLICY_HASH, settlement };
  return {
    ...{ scheme, network: `eip155:${DOMAIN.chainId}`, asset: TOKEN, amount: String(PRICE), payTo },
    maxTimeoutSeconds: 600,
    extra: { name: "Authorization", version: "1", vouch, ...extra },
  };
}

/** Offers as an honest gateway makes them, by way. */
export const OFFERS = {
  payment: offer("exact", "payment", PAYEE, {}),
  batch: offer(VOUCHER_SCHEME, "batch", at("receiptLedger"), {
    voucher: { ...TERMS, ledger: at("receiptLedger"), operator: OPERATOR },
  }),
  individual: offer(ESCROW_SCHEME, "individual", at("inferenceRequests"), {
    escrow: {
      ...{ ...TERMS, requests: at("inferenceRequests"), funding: at("requestFunding") },
      ...{ ways: ["authorization"], fee: String(PRICE), stake: "0", bond: "0", maxGasPrice: "0" },
      ...{ verificationGas: 0, lockSeconds: 60 },
    },
  }),
} as const;

/** What a gateway says of a request for tensors. */
export function answerOf(request: RequestId, parts: Partial<Receipt> = {}): Response {
  const receipt = { ...trapdoorReceipt({ request, input: WORDS, kinds: ["signature"] }), ...parts };
  return Response.json({
    ...{ id: request, release: RELEASE_ID, receipt: jsonOf(receipt) },
    output: {
      words: receipt.output.map(wordToHex),
      tensor: [-5 / 65_536, 1, (2 ** 31 - 1) / 65_536],
    },
  });
}

/** A gateway that asks by `offers`; `paid` says what it does with a payment, and every other request. */
export function offeringFetch(
  offers: unknown,
  paid: (payment: string, request: Request) => Response | Promise<Response>,
): typeof fetch {
  return async (input, init) => {
    const request = new Request(input, init);
    const { pathname } = new URL(request.url);
    if (pathname.startsWith("/v1/releases/")) return Response.json(DESCRIPTION);
    const payment = request.headers.get("payment-signature");
    if (payment !== null || request.method === "GET") return paid(payment ?? "", request);
    const header = Buffer.from(JSON.stringify(offers)).toString("base64");
    return new Response("{}", { status: 402, headers: { "payment-required": header } });
  };
}

function jsonOf(receipt: Receipt): Record<string, unknown> {
  return JSON.parse(serializeReceipt(receipt)) as Record<string, unknown>;
}

const { release, circuit } = jsonOf(trapdoorReceipt());
const DESCRIPTION = { release, circuit };
