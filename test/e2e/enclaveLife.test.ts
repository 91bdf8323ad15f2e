import { inspect } from "node:util";
import { simulatedSource } from "@vouch/attestation/simulated";
import type { QuoteSource } from "@vouch/attestation/guest";
import type { Hex } from "@vouch/protocol";
import { terminate } from "@vouch/prover";
import type { Enclave, EnclaveEvent, EnclaveOptions } from "@vouch/worker";
import { openEnclave } from "@vouch/worker";
import { expect } from "chai";
import { ZeroHash } from "ethers";
import { pino } from "pino";
import { contractsAs } from "../../offchain/hardhat/tasks/openChain.ts";
import { codeOfPromise } from "../helpers/codeOf.ts";
import type { CreditScenario } from "../helpers/creditScenario.ts";
import { openCreditScenario } from "../helpers/creditScenario.ts";
import { freshWorker } from "../helpers/freshWorker.ts";
import { approveMeasurement, openSimulatedEnclave } from "../helpers/simulatedEnclave.ts";

const DAY = 86_400;

/** A key from its registration to its end, as a worker keeps it. */
describe("openEnclave", function () {
  this.timeout(300_000);

  let scenario: CreditScenario;
  let takeBack: () => Promise<void>;

  before(async () => {
    scenario = await openCreditScenario();
  });

  beforeEach(async () => {
    const { networkHelpers } = scenario.chain.connection;
    const snapshot = await networkHelpers.takeSnapshot();
    takeBack = () => snapshot.restore();
  });

  afterEach(() => takeBack());
  after(terminate);

  const rowOf = async (
    enclave: Enclave,
  ): Promise<
    Awaited<ReturnType<CreditScenario["chain"]["contracts"]["enclaves"]["enclaveOf"]>>
  > => {
    const { enclaves } = scenario.chain.contracts;
    const operator = scenario.cast.operator.address;
    return enclaves.enclaveOf(await enclaves.idOf(operator, enclave.key, enclave.measurement));
  };

  const now = (): Promise<number> => scenario.chain.connection.networkHelpers.time.latest();

  const statuses = (events: readonly EnclaveEvent[]): string[] =>
    events.map(({ status }) => status);

  const openAs = (source: QuoteSource, options: EnclaveOptions = {}): Promise<Enclave> => {
    const { chain, cast } = scenario;
    return openEnclave(options, {
      source,
      operator: cast.operator.address.toLowerCase() as Hex,
      contracts: contractsAs(chain, cast.operator),
      provider: chain.connection.ethers.provider,
      log: pino({ level: "silent" }),
    });
  };

  it("registers a key that it made, with the collateral that the chain lacked", async () => {
    const { enclave, events } = await openSimulatedEnclave(scenario, 21);
    const row = await rowOf(enclave);
    expect(row.simulated).to.equal(true);
    expect(row.validFrom).to.be.greaterThan(0n);
    expect(events).to.have.length(1);
    expect(events[0]).to.include({
      status: "registered",
      key: enclave.key,
      measurement: enclave.measurement,
      tcb: "UpToDate",
      simulated: true,
    });
  });

  it("shows nobody its key", async () => {
    const { enclave } = await openSimulatedEnclave(scenario, 21);
    expect(JSON.stringify(enclave)).to.include(enclave.key);
    const shown = inspect(enclave, { showHidden: true, depth: 50, getters: true });
    const words = [...new Set(shown.match(/[0-9a-f]{64}/gi))];
    expect(words).to.deep.equal([enclave.measurement.slice(2)]);
  });

  it("makes another key each time, of the same measurement", async () => {
    const [a, b] = [
      (await openSimulatedEnclave(scenario, 21)).enclave,
      (await openSimulatedEnclave(scenario, 21)).enclave,
    ];
    expect(a.key).to.not.equal(b.key);
    expect(a.measurement).to.equal(b.measurement);
    const other = (await openSimulatedEnclave(scenario, 22)).enclave;
    expect(other.measurement).to.not.equal(a.measurement);
  });

  it("takes a nonce as deep as it is told", async () => {
    const { provider } = scenario.chain.connection.ethers;
    await scenario.chain.connection.networkHelpers.mine(20);
    await openSimulatedEnclave(scenario, 23); // brings collateral: what follows is one transaction
    const head = await provider.getBlockNumber();
    const { enclave } = await openSimulatedEnclave(scenario, 23, { nonceDepth: 9 });
    expect((await rowOf(enclave)).nonceBlock).to.equal(BigInt(head - 9));
  });

  it("registers the key again where the chain does not know it any more, once", async () => {
    const { networkHelpers } = scenario.chain.connection;
    const before = await networkHelpers.takeSnapshot();
    const { enclave, events } = await openSimulatedEnclave(scenario, 24);
    await before.restore();
    expect((await rowOf(enclave)).validFrom).to.equal(0n);
    expect(await enclave.standing(scenario.open.id, await now())).to.have.property("reason");

    await enclave.keep();
    await networkHelpers.mine(6);
    await enclave.keep();
    await enclave.keep();

    expect((await rowOf(enclave)).validFrom).to.be.greaterThan(0n);
    expect(statuses(events)).to.deep.equal(["registered", "registered"]);
  });

  describe("given nodes of which one lags and knows no key", () => {
    it("registers it no second time, as long as others know it", async () => {
      const { networkHelpers } = scenario.chain.connection;
      const { enclave, events, lag } = await openLagging();
      for (let look = 0; look < 4; look++) {
        lag(look % 2 === 0);
        await enclave.keep();
        await networkHelpers.mine(10);
      }
      expect(statuses(events)).to.deep.equal(["registered"]);
    });

    it("registers it once where none knows it any more, however soon it is asked again", async () => {
      const { networkHelpers } = scenario.chain.connection;
      const { enclave, events, lag } = await openLagging();
      lag(true);
      for (let look = 0; look < 4; look++) {
        await enclave.keep();
        await networkHelpers.mine(6);
      }
      expect(statuses(events)).to.deep.equal(["registered", "registered"]);
    });

    /** Once told to, the registry's rows are those of a node that has none. */
    async function openLagging(): Promise<{
      readonly enclave: Enclave;
      readonly events: EnclaveEvent[];
      readonly lag: (lags: boolean) => void;
    }> {
      await openSimulatedEnclave(scenario, 30); // brings collateral
      const { chain, cast } = scenario;
      const contracts = contractsAs(chain, cast.operator);
      const events: EnclaveEvent[] = [];
      let lags = false;
      const { enclaveOf } = contracts.enclaves;
      const nobody = await enclaveOf(ZeroHash);
      const enclaves = new Proxy(contracts.enclaves, {
        get: (target, name) =>
          name === "enclaveOf" && lags
            ? () => Promise.resolve(nobody)
            : (Reflect.get(target, name) as unknown),
      });
      const enclave = await openEnclave(
        {},
        {
          source: simulatedSource(new Uint8Array(48).fill(30)),
          operator: cast.operator.address.toLowerCase() as Hex,
          contracts: { ...contracts, enclaves },
          provider: chain.connection.ethers.provider,
          log: pino({ level: "silent" }),
          onEvent: (event) => events.push(event),
        },
      );
      const lag = (value: boolean): void => {
        lags = value;
      };
      return { enclave, events, lag };
    }
  });

  describe("given a key that lapses soon", () => {
    it("renews it with newer collateral, in time", async () => {
      const { networkHelpers } = scenario.chain.connection;
      const { enclave, events } = await openSimulatedEnclave(scenario, 25);
      const { validTo } = await rowOf(enclave);
      await enclave.keep();
      expect(statuses(events)).to.deep.equal(["registered"]); // not yet
      await networkHelpers.time.increaseTo(Number(validTo) - 5 * DAY);

      await enclave.keep();
      await enclave.keep();

      expect((await rowOf(enclave)).validTo).to.be.greaterThan(validTo + BigInt(20 * DAY));
      expect(statuses(events)).to.deep.equal(["registered", "renewed"]);
    });

    it("tries no second time on the same day where nobody brought newer collateral", async () => {
      const { networkHelpers, ethers } = scenario.chain.connection;
      const operator = scenario.cast.operator.address;
      await openSimulatedEnclave(scenario, 25);
      const enclave = await openAs(simulatedSource(new Uint8Array(48).fill(25)));
      const { validTo } = await rowOf(enclave);
      await networkHelpers.time.increaseTo(Number(validTo) - 5 * DAY);
      const sent = await ethers.provider.getTransactionCount(operator);

      await enclave.keep();
      await enclave.keep();
      expect(await ethers.provider.getTransactionCount(operator)).to.equal(sent + 1);
      expect((await rowOf(enclave)).validTo).to.equal(validTo);

      await networkHelpers.time.increase(DAY);
      await enclave.keep();
      expect(await ethers.provider.getTransactionCount(operator)).to.equal(sent + 2);
    });

    it("serves nothing whose deadline it does not outlast", async () => {
      const { enclave } = await openSimulatedEnclave(scenario, 26);
      await approveMeasurement(scenario, enclave.measurement);
      const { validTo } = await rowOf(enclave);
      const { id } = scenario.open;
      expect(await enclave.standing(id, Number(validTo))).to.have.property("status", "UpToDate");
      expect(await enclave.standing(id, Number(validTo) + 1)).to.have.property("reason");
    });
  });

  describe("given a key that is not to be trusted", () => {
    it("does not stand where its operator disowned it, and is not renewed", async () => {
      const { enclave, events } = await openSimulatedEnclave(scenario, 27);
      await approveMeasurement(scenario, enclave.measurement);
      const { enclaves } = contractsAs(scenario.chain, scenario.cast.operator);
      await (await enclaves.disown(enclave.key, await now())).wait();
      expect(await enclave.standing(scenario.open.id, await now())).to.have.property("reason");
      await enclave.keep();
      expect(statuses(events)).to.deep.equal(["registered"]);
    });

    it("does not stand for a release whose publisher did not approve it", async () => {
      const { enclave } = await openSimulatedEnclave(scenario, 28);
      await approveMeasurement(scenario, enclave.measurement);
      expect(await enclave.standing(scenario.open.id, await now())).to.have.property("status");
      expect(await enclave.standing(scenario.closed.id, await now())).to.have.property("reason");
    });
  });

  it("is retired when its worker stops, where that is asked for, and signs no more", async () => {
    for (const [retireOnStop, expected] of [
      [true, true],
      [false, false],
    ] as const) {
      const { enclave } = await openSimulatedEnclave(scenario, 29, { retireOnStop });
      await approveMeasurement(scenario, enclave.measurement);
      const { worker } = freshWorker(scenario, { enclave });
      await worker.start(AbortSignal.abort());
      expect((await rowOf(enclave)).retired).to.equal(expected);
      const standing = await enclave.standing(scenario.open.id, await now());
      expect("reason" in standing).to.equal(expected);
    }
  });

  describe("given what it cannot register", () => {
    const simulated = simulatedSource();

    it("refuses options out of range, and an enclave that no contract verifies", async () => {
      expect(await codeOfPromise(openAs(simulated, { nonceDepth: 300 }))).to.equal(
        "OPTIONS_INVALID",
      );
      expect(await codeOfPromise(openAs({ ...simulated, tee: "Nitro" }))).to.equal(
        "ENCLAVE_UNSUPPORTED",
      );
    });

    it("says why the chain refuses a quote of another root", async () => {
      const pretended = openAs({ ...simulated, simulated: false });
      expect(await codeOfPromise(pretended)).to.equal("CHAIN_REFUSED");
    });

    it("says what its enclave says where no quote comes", async () => {
      const broken: QuoteSource = {
        ...simulated,
        quote: () => Promise.reject(Object.assign(new Error("down"), { code: "GUEST_FAILED" })),
      };
      expect(await codeOfPromise(openAs(broken))).to.equal("GUEST_FAILED");
    });
  });
});
