import { expect } from "chai";
import { concat, dataSlice, toBeHex } from "ethers";
import { connection } from "../../helpers/deployVouch.ts";
import { BAD, GOOD, deployScenario, sign } from "../../helpers/vouchScenario.ts";

const { ethers, networkHelpers } = connection;
const STATUS = { open: 1n, locked: 2n, fulfilled: 5n } as const;
const WORD = 32;
const GARBAGE = ethers.id("garbage");

const word = (value: number): string => toBeHex(value, WORD);

async function locked() {
  const scenario = await networkHelpers.loadFixture(deployScenario);
  const { requests, operator, params, ask, lock, domain, claim } = scenario;
  const terms = await params();
  const id = await lock(terms);
  const evidence = [await sign(operator, domain, claim(id, terms))];
  const types = requests.interface.getFunction("fulfil").inputs;
  /** One parameter as it lies in calldata, without the place that says where. */
  const tailOf = (index: number, value: unknown): string =>
    dataSlice(ethers.AbiCoder.defaultAbiCoder().encode([types[index]!], [value]), WORD);
  const tails = {
    params: tailOf(1, terms),
    output: tailOf(2, GOOD),
    evidence: tailOf(3, evidence),
  };
  const { selector } = requests.interface.getFunction("fulfil");
  /** Lays the three arrays out in this order, each after these bytes. */
  const fulfil = async (order: readonly (keyof typeof tails)[], gap = "0x", changed = tails) => {
    const places: Partial<Record<keyof typeof tails, number>> = {};
    let body = "0x";
    for (const name of order) {
      body = concat([body, gap]);
      places[name] = 4 * WORD + (body.length - 2) / 2;
      body = concat([body, changed[name]]);
    }
    const head = [places.params!, places.output!, places.evidence!].map(word);
    const data = concat([selector, id, ...head, body]);
    return operator.sendTransaction({ to: requests, data });
  };
  return { ...scenario, ask, id, terms, evidence, tails, fulfil };
}

/** A decoder goes where the places point: another layout says the same. */
describe("InferenceRequests, calldata laid out as no compiler does", () => {
  const ORDERS = [
    ["params", "output", "evidence"],
    ["params", "evidence", "output"],
    ["output", "params", "evidence"],
    ["output", "evidence", "params"],
    ["evidence", "params", "output"],
    ["evidence", "output", "params"],
  ] as const;
  for (const order of ORDERS) {
    for (const [name, gap] of [
      ["", "0x"],
      [", with other bytes before each", GARBAGE],
    ] as const) {
      it(`fulfils where ${order.join(", ")} follow each other${name}`, async () => {
        const { requests, id, releaseId, terms, fulfil } = await locked();
        await fulfil(order, gap);
        expect(await requests.statusOf(id)).to.equal(STATUS.fulfilled);
        const [event] = await requests.queryFilter(requests.filters.InferenceFulfilled(id));
        expect(event!.args.output).to.deep.equal(GOOD);
        expect(event!.args.release).to.equal(releaseId);
        expect((await requests.assuranceOf(id)).stakeAtRisk).to.equal(terms.stake);
      });
    }
  }

  it("accepts no other output for it, however it is laid out", async () => {
    const { requests, router, tails, fulfil } = await locked();
    const types = requests.interface.getFunction("fulfil").inputs;
    const output = dataSlice(ethers.AbiCoder.defaultAbiCoder().encode([types[2]!], [BAD]), WORD);
    for (const order of ORDERS) {
      await expect(fulfil(order, "0x", { ...tails, output })).to.be.revert(ethers);
    }
    expect(router.target).to.be.a("string");
  });

  it("accepts no other parameters, also where the true ones lie beside them", async () => {
    const { requests, id, terms, tails, fulfil } = await locked();
    const types = requests.interface.getFunction("fulfil").inputs;
    const [coder, changed] = [ethers.AbiCoder.defaultAbiCoder(), { ...terms, maxFee: 1n }];
    const params = dataSlice(coder.encode([types[1]!], [changed]), WORD);
    for (const order of ORDERS) {
      // The true ones are the bytes before each.
      await expect(fulfil(order, tails.params, { ...tails, params })).to.be.revertedWithCustomError(
        requests,
        "RequestParamsMismatch",
      );
    }
    expect(await requests.statusOf(id)).to.equal(STATUS.locked);
  });

  it("locks, unlocks and cancels with bytes after the parameters", async () => {
    const { requests, operator, requester, ask, params } = await locked();
    const terms = await params();
    const id = await ask(terms);
    for (const [name, sender, status] of [
      ["lock", operator, STATUS.locked],
      ["unlock", operator, STATUS.open],
      ["cancel", requester, 7n],
    ] as const) {
      const { selector, inputs } = requests.interface.getFunction(name);
      const brought = ethers.AbiCoder.defaultAbiCoder().encode(inputs, [id, terms]);
      const data = concat([selector, brought, GARBAGE]);
      await sender.sendTransaction({ to: requests, data });
      expect(await requests.statusOf(id)).to.equal(status);
    }
  });

  it("takes no request that is not there for one without parameters", async () => {
    const { requests, operator, terms } = await locked();
    for (const name of ["lock", "unlock", "cancel", "expire"] as const) {
      await expect(
        requests.connect(operator)[name](ethers.id("nobody's"), terms),
      ).to.be.revertedWithCustomError(
        requests,
        name === "cancel" ? "RequestNotByRequester" : "RequestStatusInvalid",
      );
    }
  });
});
