import { expect } from "chai";
import { concat, dataLength, toBeHex } from "ethers";
import type { HostileRequester } from "../../../offchain/protocol/typechain/index.ts";
import { FINALITY, deployDisputes, optimistic } from "../../helpers/disputeScenario.ts";
import { connection } from "../../helpers/deployVouch.ts";
import { GOOD, all, escrowOf, prove } from "../../helpers/vouchScenario.ts";

const { ethers, networkHelpers } = connection;
/** In the order of `IInferenceRequests.DeliveryStatus`. */
const DELIVERY = { pending: 1n, delivered: 2n, failed: 3n } as const;

type Call = { readonly to: string; readonly data: string; readonly value: bigint };

/** Runtime code that makes these calls, one after the other, whatever comes of them. */
function codeOf(calls: readonly Call[]): string {
  const push = (value: bigint | number, bytes: number) =>
    concat([toBeHex(0x5f + bytes, 1), toBeHex(value, bytes)]);
  const steps = (offsets: readonly number[]) =>
    concat([
      ...calls.map(({ to, data, value }, i) =>
        concat([
          // Copies the call's data to memory, then: CALL(gas, to, value, 0, length, 0, 0), POP.
          ...[push(dataLength(data), 3), push(offsets[i] ?? 0, 3), "0x5f", "0x39"],
          ...["0x5f", "0x5f", push(dataLength(data), 3), "0x5f", push(value, 32)],
          ...[push(BigInt(to), 20), "0x5a", "0xf1", "0x50"],
        ]),
      ),
      "0x00",
    ]);
  const start = dataLength(steps([]));
  const offsets = calls.map((_, i) =>
    calls.slice(0, i).reduce((sum, { data }) => sum + dataLength(data), start),
  );
  return concat([steps(offsets), ...calls.map(({ data }) => data)]);
}

/** An answer that is challenged and upheld within its provisional delivery. */
async function decidedWithin(callbackGas: bigint) {
  const scenario = await networkHelpers.loadFixture(deployDisputes);
  const { requests, disputes, operator, domain, claim, params } = scenario;
  const requester: HostileRequester = await ethers.deployContract("HostileRequester");
  const gas = { callbackGas, provisionalGas: 5_000_000n };
  const terms = await params({ policy: all(optimistic()), ...gas });
  const call = requests.interface.encodeFunctionData("request", [terms]);
  await requester.execute(requests, call, { value: escrowOf(terms) });
  const id = await requests.requestIdOf(requester, terms.nonce);
  await requests.connect(operator).lock(id, terms);

  const proof = prove(domain, claim(id, terms, GOOD)).data;
  const at = await requests.getAddress();
  const encode = disputes.interface;
  const to = await disputes.getAddress();
  const challenger = ethers.Wallet.createRandom().address;
  const code = codeOf([
    {
      ...{ to, value: terms.bond },
      data: encode.encodeFunctionData("challenge", [at, id, terms, GOOD]),
    },
    { to, value: 0n, data: encode.encodeFunctionData("answer", [at, id, terms, GOOD, proof]) },
  ]);
  await networkHelpers.setCode(challenger, code);
  await requester.reenter(challenger, "0x", { value: terms.bond });
  await requests.connect(operator).fulfil(id, terms, GOOD, []);
  return { ...scenario, requester, id };
}

describe("InferenceRequests.fulfil, of an answer that is decided within its provisional delivery", () => {
  it("keeps that the final delivery failed, though the provisional one went through", async () => {
    const { requests, requester, id } = await decidedWithin(10_000n);
    const { finality, delivery } = await requests.resultOf(id);
    expect([finality, delivery]).to.deep.equal([FINALITY.final, DELIVERY.failed]);
    expect(await requester.deliveries()).to.equal(1n);
  });

  it("delivers both, and keeps that the final one went through", async () => {
    const { requests, requester, id } = await decidedWithin(500_000n);
    const { finality, delivery } = await requests.resultOf(id);
    expect([finality, delivery]).to.deep.equal([FINALITY.final, DELIVERY.delivered]);
    expect(await requester.deliveries()).to.equal(2n);
  });
});
