import type { Policy } from "@vouch/protocol";
import { allOf, parseReleaseId, policyHash, requireSignature } from "@vouch/protocol";
import type { FacilitatorClient } from "@x402/core/server";
import { expect } from "chai";
import type { EscrowQuestion } from "../../../offchain/gateway/payment/escrow/escrowTermsOf.ts";
import type { Paywall } from "../../../offchain/gateway/payment/paywall.ts";
import { createPaywall } from "../../../offchain/gateway/payment/paywall.ts";
import type { VoucherDoubt } from "../../../offchain/gateway/payment/voucher/voucherStanding.ts";
import { codeOfPromise } from "../../helpers/codeOf.ts";
import { CIRCUIT, DOMAIN, OPERATOR, ZERO_BYTES32 } from "../../helpers/trapdoorReceipt.ts";

const { chainId } = DOMAIN;
const policy: Policy = allOf([requireSignature()]);
const price = { name: "signature", policy, policyHash: policyHash(policy), amount: 10n };
const EVERY = { ...price, settlement: ["payment", "batch", "record"] as const };
const TENSOR: EscrowQuestion = {
  ...{ release: parseReleaseId(ZERO_BYTES32), circuit: CIRCUIT, input: [1n], floor: allOf([]) },
};

describe("createPaywall", () => {
  let doubt: VoucherDoubt | null;
  let paywall: Paywall;

  beforeEach(async () => {
    doubt = null;
    const kind = { x402Version: 2, scheme: "exact", network: `eip155:${chainId}` };
    const facilitator = {
      getSupported: () => Promise.resolve({ kinds: [kind], extensions: [], signers: {} }),
    } as unknown as FacilitatorClient; // nothing is verified
    paywall = createPaywall(
      {
        ...{ chainId, payTo: OPERATOR, maxTimeoutSeconds: 60, keepsRecords: true },
        token: { asset: OPERATOR, name: "A", version: "1" },
        voucher: { ledger: OPERATOR, operator: OPERATOR, seconds: 600 },
      },
      { facilitator, standing: { doubtOf: () => Promise.resolve(doubt) } },
    );
    await paywall.initialize();
  });

  const listed = async (question: EscrowQuestion | null): Promise<readonly unknown[]> => {
    const offers = await paywall.listedOf([EVERY], question);
    return offers.map(
      ({ requirements: { extra } }) => (extra["vouch"] as { settlement: unknown }).settlement,
    );
  };

  it("lists every way of a price that can be kept", async () => {
    expect(await listed(TENSOR)).to.deep.equal(["payment", "batch", "record"]);
  });

  it("lists nothing for a text that commits to its input", async () => {
    expect(await listed(null)).to.deep.equal(["payment"]);
  });

  it("lists no voucher that could not be kept, and still knows one that was signed", async () => {
    doubt = "SIGNATURE_BOND_LAPSES";
    expect(await listed(TENSOR)).to.deep.equal(["payment"]);
    expect(await paywall.offersOf([EVERY], TENSOR)).to.have.length(3);
  });

  it("says why where nothing is left to list", async () => {
    doubt = "POSTING_STALLED";
    const only = paywall.listedOf([{ ...price, settlement: ["batch"] }], TENSOR);
    expect(await codeOfPromise(only)).to.equal("SETTLEMENT_UNAVAILABLE");
  });
});
