import type { Contracts, Courts, Hex, ReleaseId } from "@vouch/protocol";
import { NATIVE_TOKEN } from "@vouch/protocol";
import type { DutiesConfig } from "@vouch/worker";
import {
  claimOptions,
  loadedReleases,
  poolsOf,
  queueDuties,
  readWorkerConfig,
} from "@vouch/worker";
import { expect } from "chai";
import { codeOf, codeOfPromise } from "../../../helpers/codeOf.ts";

const RELEASE = `0x${"4e".repeat(32)}` as ReleaseId;
const TOKEN: Hex = `0x${"7a".repeat(20)}`;
const OTHER: Hex = `0x${"7c".repeat(20)}`;
const CLIENT: Hex = `0x${"c1".repeat(20)}`;
const at = (address: Hex) => ({ getAddress: () => Promise.resolve(address) });
const contracts = { requests: at(`0x${"0a".repeat(20)}`) } as unknown as Contracts;
const courts = { panels: { arbiter: at(`0x${"0b".repeat(20)}`) } } as unknown as Courts;
const releases = {
  ...loadedReleases(new Map()),
  has: (id: ReleaseId) => id === RELEASE,
};

const duties = (...args: readonly string[]): DutiesConfig =>
  readWorkerConfig({ args, env: {} }).config.duties;

describe("duties of the configuration", () => {
  it("are off where nothing asks for them", () => {
    expect(duties().pools).to.deep.equal([]);
    expect(queueDuties(duties())).to.deep.equal({ rounds: { turnSeconds: 15 } });
  });

  it("challenge others within the limits that are given, and by these alone", () => {
    const given = duties("--duties-watchtower-max-bond", "1000000000000000000");
    const limit = 10n ** 18n;
    const watchtower = { maxBond: limit, maxOutstanding: limit, minReturn: 2n };
    expect(queueDuties(given).watchtower).to.deep.equal(watchtower);
    const more = [
      "--duties-watchtower-max-outstanding",
      "7",
      "--duties-watchtower-min-return",
      "5",
    ];
    expect(
      queueDuties(duties("--duties-watchtower-max-bond", "3", ...more)).watchtower,
    ).to.deep.equal({ maxBond: 3n, maxOutstanding: 7n, minReturn: 5n });
  });

  it("draw panels from the fee on that is given, zero included", () => {
    const given = duties("--duties-panel-min-fee", "0", "--duties-turn-seconds", "20");
    expect(queueDuties(given)).to.deep.equal({
      rounds: { turnSeconds: 20 },
      panels: { turnSeconds: 20, minFee: 0n },
    });
  });

  it("name pools by client, release and terms", async () => {
    const text = `requests:${RELEASE}:5,arbiter:${RELEASE}:6:7:8,${CLIENT}:${RELEASE}:9:1:2:${TOKEN}`;
    const pools = await poolsOf(duties("--duties-pools", text), { contracts, courts, releases });
    const release = RELEASE;
    expect(pools).to.deep.equal([
      {
        client: `0x${"0a".repeat(20)}`,
        release,
        terms: { token: NATIVE_TOKEN, minFee: 0n, maxStake: 5n, maxRounds: 1 },
      },
      {
        client: `0x${"0b".repeat(20)}`,
        release,
        terms: { token: NATIVE_TOKEN, minFee: 7n, maxStake: 6n, maxRounds: 8 },
      },
      { client: CLIENT, release, terms: { token: TOKEN, minFee: 1n, maxStake: 9n, maxRounds: 2 } },
    ]);
  });

  for (const text of ["requests", `someone:${RELEASE}:1`, `requests:${RELEASE}`, "requests:0x12:1"])
    it(`refuse the pool ${text.slice(0, 20)}`, () => {
      expect(codeOf(() => duties("--duties-pools", text))).to.equal("CONFIG_INVALID");
    });

  it("refuse to join a pool whose release is not served, and let it be left", async () => {
    const other = `0x${"0d".repeat(32)}`;
    const join = poolsOf(duties("--duties-pools", `requests:${other}:1`), {
      ...{ contracts, courts, releases },
    });
    expect(await codeOfPromise(join)).to.equal("CONFIG_INVALID");
    const leave = duties("--duties-pools", `requests:${other}:0`);
    expect(await poolsOf(leave, { contracts, courts, releases })).to.have.length(1);
  });

  it("refuse pools where the deployment has no panels", async () => {
    const none = { ...courts, panels: undefined };
    const join = poolsOf(duties("--duties-pools", `requests:${RELEASE}:1`), {
      ...{ contracts, courts: none, releases },
    });
    expect(await codeOfPromise(join)).to.equal("CONFIG_INVALID");
  });
});

describe("claimOptions", () => {
  it("fetches each accepted token from its least fee, or from what fetching it costs", () => {
    const tokens = new Map([
      [TOKEN, { minFee: 50n, minGasPrice: 0n }],
      [CLIENT, { minFee: 50n, minGasPrice: 3n }],
      [OTHER, { minFee: 0n, minGasPrice: 0n }],
      [NATIVE_TOKEN, { minFee: 9n, minGasPrice: 9n }],
    ]);
    expect([...claimOptions(CLIENT, { tokens }).tokens]).to.deep.equal([
      [TOKEN, 50n],
      [CLIENT, 3n * 80_000n * 20n],
      [OTHER, 1n],
    ]);
  });
});
