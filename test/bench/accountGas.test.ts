import type { ContractTransactionResponse } from "ethers";
import { concat, getBytes } from "ethers";
import { expect } from "chai";
import type { GasAccount, GasClass, Step, Transaction } from "../../bench/gas/accountGas.ts";
import { accountGas, gasOf } from "../../bench/gas/accountGas.ts";
import { traceTransaction } from "../../bench/gas/traceTransaction.ts";
import { connection } from "../helpers/deployVouch.ts";
import { mined, requireProven, provenClaim, showEquivocation } from "../helpers/gasScenario.ts";
import { trapdoorKey } from "../helpers/trapdoorKey.ts";
import type { Receipt } from "../helpers/vouchScenario.ts";
import { CIRCUIT, ETHER, GOOD, deployScenario, escrowOf, sign } from "../helpers/vouchScenario.ts";

const { ethers, networkHelpers } = connection;
const deployed = () => networkHelpers.loadFixture(deployScenario);

/** Traces of real transactions, so that the chain itself is what the rules are held to. */
describe("accountGas", () => {
  const gas = ({ byClass }: GasAccount, name: GasClass): number => byClass.get(name)?.gas ?? 0;

  async function accountOf(sent: Promise<ContractTransactionResponse>): Promise<GasAccount> {
    return accountGas(...(await traceTransaction(connection, await mined(sent))));
  }

  it("sums to the receipt, by class and by contract, and tells precompiles by their prices", async () => {
    const scenario = await deployed();
    const receipt = await requireProven(connection, scenario, provenClaim(scenario));
    const account = accountGas(...(await traceTransaction(connection, receipt)));
    expect(account.gasUsed).to.equal(Number(receipt.gasUsed));
    expect(gasOf(account.byClass)).to.equal(account.gasUsed);
    expect(["ecPairing", "ecMul", "ecAdd"].map((it) => account.byClass.get(it as GasClass)))
      .to //
      .deep.equal([
        { gas: 45_000 + 4 * 34_000, count: 1 },
        { gas: 3 * 6_000, count: 3 },
        { gas: 3 * 150, count: 3 },
      ]);
    const router = (await scenario.router.getAddress()).toLowerCase();
    expect(account.byCode.get(router)).to.not.equal(undefined);
  });

  it("takes refunds off", async () => {
    const scenario = await deployed();
    const receipt = await showEquivocation(scenario, "request");
    const account = accountGas(...(await traceTransaction(connection, receipt)));
    expect(gas(account, "refund")).to.be.lessThan(0);
    expect(account.byClass.get("ecRecover")).to.deep.equal({ gas: 6_000, count: 2 });
  });

  it("tells what new code costs", async () => {
    const { circuits } = await deployed();
    const circuit = { ...CIRCUIT, key: trapdoorKey("accountGas").key };
    const account = await accountOf(circuits.register(circuit));
    // 32,000, and 200 for each byte: a key has 18 words and more.
    expect(gas(account, "create")).to.be.greaterThan(32_000 + 200 * 18 * 32);
  });

  it("tells slots written from zero, over a value, and value that is sent on", async () => {
    const { asset, stranger } = await deployed();
    const own = asset.connect(stranger);
    const first = await accountOf(own.deposit({ value: ETHER }));
    const again = await accountOf(own.deposit({ value: ETHER }));
    // The balance; the supply is not zero.
    expect(first.byClass.get("sstore new")?.count).to.equal(1);
    expect(again.byClass.has("sstore new")).to.equal(false);
    expect(again.byClass.get("sstore change")?.count).to.equal(2);
    const withdrawn = await accountOf(own.withdraw(ETHER));
    expect(gas(withdrawn, "value transfer")).to.equal(9_000 - 2_300);
  });

  for (const [name, behaviour] of [
    ["halts for an error", 2],
    ["cannot pay for its memory", 3],
  ] as const) {
    it(`tells what a callee burns that ${name}`, async () => {
      const { requests, operator, domain, params, claim } = await deployed();
      const consumer = await ethers.deployContract("HostileRequester");
      await consumer.misbehave(behaviour);
      const terms = await params({ callbackGas: 100_000n });
      const ask = requests.interface.encodeFunctionData("request", [terms]);
      await consumer.execute(requests, ask, { value: escrowOf(terms) });
      const id = await requests.requestIdOf(consumer, terms.nonce);
      await requests.connect(operator).lock(id, terms);
      const evidence = [await sign(operator, domain, claim(id, terms))];
      const account = await accountOf(requests.connect(operator).fulfil(id, terms, GOOD, evidence));
      expect(gas(account, "burnt")).to.be.greaterThan(90_000).and.at.most(100_000);
    });
  }

  it("raises calldata to its floor price where little is done with it", async () => {
    const { models, releaseId, publisher } = await deployed();
    const call = models.interface.encodeFunctionData("isPublished", [releaseId]);
    const data = concat([call, new Uint8Array(4_096).fill(1)]);
    const sent = await publisher.sendTransaction({ to: models, data, gasLimit: 1_000_000n });
    const [transaction, steps] = await traceTransaction(connection, (await sent.wait())!);
    const account = accountGas(transaction, steps);
    const zeros = getBytes(data).filter((it) => it === 0).length;
    const tokens = zeros + 4 * (getBytes(data).length - zeros);
    expect(gas(account, "calldata floor")).to.be.greaterThan(0);
    expect(account.gasUsed).to.equal(21_000 + 10 * tokens);
  });

  describe("given a trace that is not the transaction's", () => {
    let transaction: Transaction;
    let steps: readonly Step[];

    before(async () => {
      const scenario = await deployed();
      const receipt: Receipt = provenClaim(scenario);
      const sent = await requireProven(connection, scenario, receipt);
      [transaction, steps] = await traceTransaction(connection, sent);
    });

    it("throws where the receipt says more or less", () => {
      for (const by of [-1, 1]) {
        const other = { ...transaction, gasUsed: transaction.gasUsed + by };
        expect(() => accountGas(other, steps)).to.throw("the sum over classes");
      }
    });

    it("throws where the first operation has other gas", () => {
      const { gasLimit } = transaction;
      expect(() => accountGas({ ...transaction, gasLimit: gasLimit + 1 }, steps)).to.throw(
        "gas before the first operation",
      );
    });

    it("throws where a read costs what no rule explains", () => {
      const at = steps.findIndex((it) => it.op === "SLOAD");
      const odd = steps.map((it, i) => (i === at ? { ...it, gas: it.gas + 1 } : it));
      expect(() => accountGas(transaction, odd)).to.throw("SLOAD took 2101 gas");
    });

    it("throws where a precompile costs another price", () => {
      const at = steps.findIndex(
        (it) => BigInt(it.stack.at(-2) ?? 0) === 8n && it.op === "STATICCALL",
      );
      expect(at).to.be.greaterThan(0);
      const odd = steps.map((it, i) => (i === at ? { ...it, gas: it.gas + 1 } : it));
      expect(() => accountGas(transaction, odd)).to.throw("STATICCALL took 181001 gas");
    });
  });
});
