import { settlementGas } from "@vouch/compiler";
import type { TensorEncoding } from "@vouch/protocol";
import { expect } from "chai";
import type { ContractTransactionResponse } from "ethers";
import { network } from "hardhat";
import {
  CIRCUIT,
  ETHER,
  all,
  escrowOf,
  prove,
  release,
  scenarioOn,
  zk,
} from "../helpers/vouchScenario.ts";
import type { Scenario } from "../helpers/vouchScenario.ts";

/** As in gas.test.ts: no byte of a deadline is zero. */
const A_MOMENT = 0xf486_8010;
/** Widest word, of which no byte is zero. */
const WORD = 0x1a6b_7c8d_9eaf_1b2c_3d4e_5f6a_7b8c_9dae_1f2a_3b4c_5d6e_7f8a_9bac_bdce_df1a_2b3cn;
const BITS = 253;

/** Words of input and output, and how they are claimed. */
const CASES = [
  [1, 1, "public"],
  [26, 1, "public"],
  [101, 1, "public"],
  [1, 26, "public"],
  [33, 33, "public"],
  [1, 1, "committed"],
] as const;

describe("settlementGas", () => {
  it("is within 1 % of what contracts use, by words of input and output", async () => {
    const chain = await network.create();
    const scenario = await scenarioOn(chain);
    await chain.networkHelpers.time.increaseTo(A_MOMENT);
    await scenario.signatures.connect(scenario.operator).post(ETHER);
    // What each settlement exposes stays so for days.
    await scenario.vault.connect(scenario.operator).stake({ value: 100n * ETHER });
    for (const [inputs, outputs, mode] of CASES) {
      const measured = await settle(scenario, inputs, outputs, mode);
      const tensor = (elements: number): TensorEncoding => {
        return { mode, elements, bits: BITS, signed: false, fractionBits: 0 };
      };
      const estimated = settlementGas(tensor(inputs), tensor(outputs));
      for (const step of ["request", "lock", "fulfil"] as const) {
        const name = `${step} of ${inputs} and ${outputs} words, ${mode}`;
        expect(estimated[step], name).to.be.closeTo(
          measured[step],
          Math.floor(measured[step] / 100),
        );
      }
    }
  });
});

/** The second of two inferences: the first opens balances. */
async function settle(scenario: Scenario, inputs: number, outputs: number, mode: string) {
  const { circuits, models, requests, requester, operator, publisher, domain, params } = scenario;
  const kind = mode === "committed" ? 1n : 0n;
  const tensor = (elements: number) => {
    return { mode: kind, elements: BigInt(elements), bits: BigInt(BITS), isSigned: false };
  };
  const circuit = { ...CIRCUIT, input: tensor(inputs), output: tensor(outputs) };
  const id = await circuits.register.staticCall(circuit);
  await circuits.register(circuit);
  const published = release({ publisher: publisher.address, circuit: id, version: mode });
  const releaseId = await models.publish.staticCall(published, "");
  await models.publish(published, "");

  const input = Array.from({ length: inputs }, () => WORD);
  const output = Array.from({ length: outputs }, () => WORD);
  const gas = { request: 0, lock: 0, fulfil: 0 };
  for (let i = 0; i < 2; i++) {
    const terms = await params({
      policy: all(zk()),
      release: releaseId,
      input,
      verificationGas: 2_000_000n,
    });
    const asked = await requests.requestIdOf(requester, terms.nonce);
    const claim = { release: releaseId, request: asked, operator: operator.address, input, output };
    const own = requests.connect(operator);
    const value = escrowOf(terms);
    gas.request = await gasOf(requests.connect(requester).request(terms, { value }));
    gas.lock = await gasOf(own.lock(asked, terms));
    gas.fulfil = await gasOf(own.fulfil(asked, terms, output, [prove(domain, claim)]));
  }
  return gas;
}

async function gasOf(sent: Promise<ContractTransactionResponse>): Promise<number> {
  const mined = await (await sent).wait();
  return Number(mined!.gasUsed);
}
