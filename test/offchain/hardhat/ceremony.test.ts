import { readFile, writeFile } from "node:fs/promises";
import { ceremonyPaths, contributeToFolder, endCeremony, readCeremonyFacts } from "@vouch/ceremony";
import { PTAU_PINS, terminate } from "@vouch/prover";
import { expect } from "chai";
import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import { ceremonyChoice } from "../../../offchain/hardhat/tasks/ceremonyChoice.ts";
import { verifyCeremonyTask } from "../../../offchain/hardhat/tasks/verifyCeremonyTask.ts";
import { codeOfPromise } from "../../helpers/codeOf.ts";
import { taskOutput } from "../../helpers/taskOutput.ts";
import { ceremonyFolder } from "../ceremony/ceremonySite.ts";

describe("tasks on a rehearsal of a ceremony", function () {
  this.timeout(60_000);
  const { exitCode } = process;
  let folder = "";
  before(async () => {
    folder = await ceremonyFolder();
    await contributeToFolder(folder, { name: "Ada" });
    await endCeremony(folder, {
      source: "drand 1",
      beacon: { hash: "2a", iterationsExponent: 10 },
    });
  });
  afterEach(() => {
    process.exitCode = exitCode;
  });
  after(terminate);

  const verify = async (json: boolean): Promise<string> => {
    const config = { paths: { root: folder }, vouch: { home: folder } };
    const hre = { config } as HardhatRuntimeEnvironment;
    const args = { ceremony: folder, circuit: "", release: "", ptau: "", json };
    const { text, error } = await taskOutput(() => verifyCeremonyTask(args, hre));
    expect(error).to.be.undefined;
    expect(process.exitCode).to.equal(1);
    return text;
  };

  it("do not call it verified, though every contribution is", async () => {
    const said = JSON.parse(await verify(true)) as Readonly<Record<string, unknown>>;
    expect([said["verified"], said["rehearsal"], said["ended"]]).to.deep.equal([false, true, true]);
    expect(await verify(false)).to.include("NOT VERIFIED");
  });

  it("publish none of its keys, nor keys of a ceremony for another proof system", async () => {
    const choose = (system: "groth16" | "committedGroth16"): Promise<unknown> =>
      ceremonyChoice(folder, system, "");
    expect(await codeOfPromise(choose("groth16"))).to.equal("ARGUMENT_INVALID");
    const { facts: path, key } = ceremonyPaths(folder);
    const facts = await readCeremonyFacts(folder);
    const text = await readFile(path, "utf8");
    const [pin] = PTAU_PINS;
    const powers = { origin: "public", blake2b: pin?.hash, power: pin?.power };
    await writeFile(path, JSON.stringify({ ...facts, powers }));
    expect(await codeOfPromise(choose("committedGroth16"))).to.equal("ARGUMENT_INVALID");
    expect(await choose("groth16")).to.deep.equal({
      kind: "ceremony",
      power: pin?.power,
      zkeys: [key(2, 0)],
    });
    await writeFile(path, text);
  });
});
