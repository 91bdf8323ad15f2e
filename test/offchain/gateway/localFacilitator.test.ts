import { createLocalFacilitator } from "@vouch/gateway";
import { decodePaymentSignatureHeader } from "@x402/core/http";
import type { PaymentRequirements } from "@x402/core/types";
import type { FacilitatorEvmSigner } from "@x402/evm";
import type { Hex } from "@vouch/protocol";
import { expect } from "chai";
import { id } from "ethers";
import { signPayment } from "../../helpers/signPayment.ts";
import { DOMAIN } from "../../helpers/trapdoorReceipt.ts";

const TOKEN = "0x00000000000000000000000000000000000000a1";
const PAYEE = "0x00000000000000000000000000000000000000b2";
const PAYER = id("payer") as Hex;
const OFFER: PaymentRequirements = {
  ...{ scheme: "exact", network: `eip155:${DOMAIN.chainId}`, asset: TOKEN, payTo: PAYEE },
  ...{ amount: "10", maxTimeoutSeconds: 300, extra: { name: "Token", version: "1" } },
};

/** A facilitator over a node that knows its token, and is gone while `isDown`. */
function opened() {
  const node = { isDown: false };
  const gone = (): Promise<never> => Promise.reject(new Error("no node answers"));
  const signer = {
    getAddresses: () => [PAYEE],
    getCode: ({ address }: { readonly address: string }) => {
      return node.isDown
        ? gone()
        : Promise.resolve(address.toLowerCase() === TOKEN ? "0x60" : "0x");
    },
    readContract: gone,
    verifyTypedData: gone,
    writeContract: gone,
    sendTransaction: gone,
    waitForTransactionReceipt: gone,
  } as unknown as FacilitatorEvmSigner;
  const options = { chainId: DOMAIN.chainId, payees: [PAYEE], assets: [TOKEN] } as const;
  return { node, facilitator: createLocalFacilitator(options, { signer }) };
}

/** What a call ended with, and what nobody handled until some turns later. */
async function unhandledBy(call: () => Promise<unknown>): Promise<readonly unknown[]> {
  const unhandled: unknown[] = [];
  const note = (reason: unknown): void => void unhandled.push(reason);
  const before = process.listeners("unhandledRejection");
  process.removeAllListeners("unhandledRejection");
  process.on("unhandledRejection", note);
  try {
    await call().catch(() => undefined);
    await new Promise((resolve) => setImmediate(resolve));
    await new Promise((resolve) => setImmediate(resolve));
  } finally {
    process.removeListener("unhandledRejection", note);
    for (const it of before) process.on("unhandledRejection", it);
  }
  return unhandled;
}

describe("createLocalFacilitator", () => {
  it("leaves no failure of a node unhandled, whether it knew the token or not", async () => {
    const payment = decodePaymentSignatureHeader(await signPayment(OFFER, PAYER));
    const { node, facilitator } = opened();
    node.isDown = true;
    expect(await unhandledBy(() => facilitator.verify(payment, OFFER))).to.be.empty;
    expect(await unhandledBy(() => facilitator.settle(payment, OFFER))).to.be.empty;
    node.isDown = false;
    expect(await unhandledBy(() => facilitator.verify(payment, OFFER))).to.be.empty;
    node.isDown = true;
    expect(await unhandledBy(() => facilitator.verify(payment, OFFER))).to.be.empty;
    expect(await unhandledBy(() => facilitator.settle(payment, OFFER))).to.be.empty;
  });
});
