import type { IntentInput, MinedReceipt, Sender } from "@vouch/chain";
import { createFacilitatorSigner } from "@vouch/operator";
import type { Hex } from "@vouch/protocol";
import { expect } from "chai";
import type { Provider } from "ethers";
import { id } from "ethers";
import type { PublicClient } from "viem";
import { codeOfPromise } from "../../helpers/codeOf.ts";

const FROM: Hex = `0x${"0a".repeat(20)}`;
const [REQUESTS, FUNDING]: readonly [Hex, Hex] = [`0x${"0c".repeat(20)}`, `0x${"0d".repeat(20)}`];
const TO: Hex = `0x${"0b".repeat(20)}`;

describe("createFacilitatorSigner", () => {
  let sent: IntentInput[];
  let outcomes: MinedReceipt["outcome"][];
  let refuses: boolean;
  let gas: bigint;

  beforeEach(() => {
    sent = [];
    outcomes = [];
    refuses = false;
    gas = 50_000n;
  });

  const signer = () =>
    createFacilitatorSigner({
      sender: {
        address: FROM,
        send(intent: IntentInput) {
          sent.push(intent);
          const outcome = outcomes[sent.length - 1] ?? "succeeded";
          const mined = { hash: id(intent.key) as Hex, blockNumber: 1, outcome };
          return Promise.resolve(mined as MinedReceipt);
        },
      } as unknown as Sender, // what it uses of one
      provider: {
        estimateGas: () =>
          refuses ? Promise.reject(new RangeError("it would revert")) : Promise.resolve(gas),
      } as unknown as Provider,
      client: {} as PublicClient, // it only reads
      escrow: { requests: REQUESTS, funding: FUNDING },
    });
  const settle = (data: Hex = "0x01") => signer().sendTransaction({ to: TO, data });

  it("names a settlement by who sends what, so that after a crash it is the same transaction", async () => {
    const first = await settle();
    expect(await settle()).to.equal(first);
    expect(await settle("0x02")).to.not.equal(first);
    expect(sent.map(({ key }) => key.split(":").slice(0, 2).join(":"))).to.deep.equal(
      Array.from({ length: 3 }, () => `facilitator:${FROM}`),
    );
  });

  for (const outcome of ["reverted", "cancelled"] as const) {
    it(`sends one that was ${outcome} as a new transaction, where the chain would take it now`, async () => {
      outcomes = [outcome];
      const hash = await settle();
      expect(new Set(sent.map(({ key }) => key)).size).to.equal(2);
      expect(hash).to.equal(id(sent[1]!.key));
    });
  }

  it("sends nothing that the chain would refuse", async () => {
    refuses = true;
    const error: unknown = await settle().catch((it: unknown) => it);
    expect(error).to.be.instanceOf(RangeError);
    expect(sent).to.be.empty;
  });

  it("sends nothing for which a payer's own code takes more gas than a settlement may", async () => {
    gas = 2_000_000n;
    await settle();
    gas += 1n;
    expect(await codeOfPromise(settle("0x02"))).to.equal("SETTLEMENT_TOO_DEAR");
    expect(sent.map(({ gasLimit }) => gasLimit)).to.deep.equal([2_200_000n]);
  });

  for (const to of [REQUESTS, FUNDING])
    it("lets a request that holds its payment take more by its words, and up to one transaction's", async () => {
      const words = (count: number): Hex => `0x01020304${"00".repeat(32 * count)}`;
      const request = (count: number) => signer().sendTransaction({ to, data: words(count) });
      gas = 2_400_000n;
      await request(100);
      gas += 1n;
      expect(await codeOfPromise(request(100))).to.equal("SETTLEMENT_TOO_DEAR");
      gas = 2n ** 24n + 1n;
      expect(await codeOfPromise(request(10_000))).to.equal("SETTLEMENT_TOO_DEAR");
      const transfer = signer().sendTransaction({ to: TO, data: words(10_000) });
      gas = 2_000_001n;
      expect(await codeOfPromise(transfer)).to.equal("SETTLEMENT_TOO_DEAR");
    });

  it("gives up, naming it, what never had its effect", async () => {
    outcomes = Array.from({ length: 9 }, () => "reverted" as const);
    expect(await codeOfPromise(settle())).to.equal("SETTLEMENT_FAILED");
    expect(sent.length).to.be.lessThan(9);
  });
});
