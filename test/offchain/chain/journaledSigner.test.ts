import type { EndpointsProvider } from "@vouch/chain";
import { journaledSigner, openEndpoints } from "@vouch/chain";
import { expect } from "chai";
import type { ContractTransactionResponse } from "ethers";
import { Contract } from "ethers";
import { EMITTER, REVERTER } from "../../helpers/localChain.ts";
import type { SenderScenario } from "../../helpers/senderScenario.ts";
import { senderScenario } from "../../helpers/senderScenario.ts";

describe("journaledSigner", () => {
  let scenario: SenderScenario;
  let provider: EndpointsProvider;

  beforeEach(async () => {
    scenario = await senderScenario({ automine: true });
    provider = await openEndpoints([scenario.rpc.url], { pollIntervalMs: 20 });
  });

  afterEach(async () => {
    provider.destroy();
    await scenario.close();
  });

  /** A contract whose calls are named by what they are. */
  async function settleAt(address: string) {
    const { sender } = await scenario.run();
    const keyOf = (to: string, data: string): string => `${to}:${data}`;
    const signer = journaledSigner(sender, scenario.chain.wallet, provider, keyOf);
    const settle = new Contract(address, ["function settle(uint256)"], signer).getFunction(
      "settle",
    );
    return (it: bigint): Promise<ContractTransactionResponse> =>
      settle(it) as Promise<ContractTransactionResponse>;
  }

  it("sends a contract's calls once each, by key", async () => {
    const settle = await settleAt(EMITTER);
    const first = await settle(1n);
    const receipt = await first.wait();
    expect(receipt).to.include({ status: 1 });
    expect(receipt!.logs).to.have.length(1);
    expect((await settle(1n)).hash).to.equal(first.hash);
    await settle(2n);
    expect(await scenario.chain.transactions()).to.have.length(2);
  });

  it("does not send what would revert", async () => {
    const settle = await settleAt(REVERTER);
    const error = await settle(1n).catch((it: unknown) => it);
    expect(error).to.have.property("code", "CALL_EXCEPTION");
    expect(await scenario.chain.transactions()).to.be.empty;
  });
});
