import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import type { ComparedSystem } from "../../../offchain/compiler/estimate/chooseSystem.ts";
import {
  chooseSystem,
  COMMITTED_GAS,
  LEAST_SECONDS,
  LEAST_TIMES,
} from "../../../offchain/compiler/estimate/chooseSystem.ts";

const SNAPSHOT = join(import.meta.dirname, "../../snapshots/committedGas.json");
const BUDGET = 10_000;
const COMMITTED: ComparedSystem = { constraints: 1_000, seconds: 2, keyBytes: 1e6 };
const PLAIN: ComparedSystem = { constraints: 9_000, seconds: 8, keyBytes: 9e6 };

function systemOf(plain: Partial<ComparedSystem>, committed: Partial<ComparedSystem> = {}): string {
  const [one, other] = [
    { ...PLAIN, ...plain },
    { ...COMMITTED, ...committed },
  ];
  return chooseSystem(one, other, BUDGET).system;
}

describe("chooseSystem", () => {
  it("takes commit-and-prove where its proof takes half the time, and no longer", () => {
    const seconds = LEAST_TIMES * COMMITTED.seconds;
    expect(systemOf({ seconds })).to.equal("committedGroth16");
    expect(systemOf({ seconds: seconds - 1e-9 })).to.equal("groth16");
  });

  it("takes it where it saves a second, and no less", () => {
    const quick = { seconds: 0.25 };
    const seconds = quick.seconds + LEAST_SECONDS;
    expect(systemOf({ seconds }, quick)).to.equal("committedGroth16");
    expect(systemOf({ seconds: seconds - 1e-9 }, quick)).to.equal("groth16");
  });

  it("takes it where its key is no larger", () => {
    const { keyBytes } = PLAIN;
    expect(systemOf({}, { keyBytes })).to.equal("committedGroth16");
    expect(systemOf({}, { keyBytes: keyBytes + 1 })).to.equal("groth16");
  });

  it("takes the one that alone is within the budget, whatever it takes", () => {
    const slow = { constraints: BUDGET, seconds: 100, keyBytes: 1e9 };
    expect(systemOf({ constraints: BUDGET + 1 }, slow)).to.equal("committedGroth16");
    expect(systemOf({ constraints: BUDGET }, slow)).to.equal("groth16");
    expect(systemOf({ constraints: BUDGET }, { constraints: BUDGET + 1 })).to.equal("groth16");
  });

  it("takes plain Groth16 where there is no other, and says why", () => {
    expect(chooseSystem(PLAIN, "no circuit", BUDGET)).to.deep.equal({
      system: "groth16",
      why: "no circuit",
    });
  });

  it("knows what an answer costs more, within 5 %", () => {
    const gas = JSON.parse(readFileSync(SNAPSHOT, "utf8")) as Readonly<Record<string, number>>;
    const more = (gas["fulfil: zk"] ?? 0) - (gas["fulfil: zk, plain"] ?? 0);
    expect(COMMITTED_GAS / more).to.be.within(0.95, 1.05);
  });
});
