import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { parseReleaseId } from "@vouch/protocol";
import { readTextBundle, verifyTextRelease } from "@vouch/publisher";
import { expect } from "chai";
import hre from "hardhat";
import { run as publish } from "../../offchain/hardhat/tasks/actions/textPublish.ts";
import { openChain } from "../../offchain/hardhat/tasks/openChain.ts";
import { CHAR_GPT } from "../helpers/charGpt.ts";
import { codeOfPromise } from "../helpers/codeOf.ts";
import { runTask } from "../helpers/runTask.ts";
import { taskOutput } from "../helpers/taskOutput.ts";

type Args = Parameters<typeof publish>[0];
type Facts = Readonly<Record<string, unknown>> & { readonly release: string };

describe("text:publish", function () {
  this.timeout(60_000);
  const outer = process.env["VOUCH_HOME"];
  let home: string;

  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), "vouch-home-"));
    process.env["VOUCH_HOME"] = home;
  });
  afterEach(() => {
    if (outer === undefined) delete process.env["VOUCH_HOME"];
    else process.env["VOUCH_HOME"] = outer;
    rmSync(home, { recursive: true });
  });

  const args = (change: Partial<Args> = {}): Args => ({
    ...{ model: "char-gpt", folder: dirname(CHAR_GPT), releaseVersion: "1", dtype: "fp32" },
    ...{ context: "", licence: "MIT", notice: "", floor: "", uri: "", json: true },
    ...change,
  });
  const published = async (change: Partial<Args> = {}): Promise<Facts> => {
    const { text, error } = await taskOutput(() => publish(args(change), hre));
    expect(error).to.be.undefined;
    return JSON.parse(text) as Facts;
  };

  it("describes a folder, keeps its bundle, and publishes it", async () => {
    const facts = await published({ floor: "signature", notice: "Plays, not facts." });
    expect(facts).to.include({ context: 128, files: 6, chatTemplate: true, floor: "signature" });
    expect(Number(facts["releaseGas"])).to.be.greaterThan(0);
    const bundle = readTextBundle(join(home, "texts"), parseReleaseId(facts.release));
    expect(bundle.manifest.notice).to.equal("Plays, not facts.");
    expect((await verifyTextRelease(bundle.folder!, bundle)).bytes).to.equal(facts["bytes"]);
  });

  it("is there on the next chain that lives with its process, but for what is damaged", async () => {
    const [kept, damaged] = [await published(), await published({ releaseVersion: "2" })];
    writeFileSync(join(home, "texts", damaged.release, "release.json"), "{}");
    const { error: said } = console;
    const warnings: unknown[] = [];
    // eslint-disable-next-line no-console -- caught here: it is what a task warns on
    console.error = (warning) => warnings.push(warning);
    try {
      const { contracts } = await openChain(hre);
      expect(await contracts.models.isPublished(kept.release)).to.be.true;
      expect(await contracts.models.isPublished(damaged.release)).to.be.false;
    } finally {
      // eslint-disable-next-line no-console -- as it was
      console.error = said;
    }
    expect(warnings).to.have.lengthOf(1);
  });

  it("gives the same release again, and pays for it once a chain", async () => {
    const [first, second] = [await published(), await published()];
    expect(second.release).to.equal(first.release);
    expect(second["releaseGas"]).to.equal("0"); // the chain had it from the store
  });

  for (const [name, change, code] of [
    ["no licence", { licence: "" }, "ARGUMENT_INVALID"],
    ["a form of weights that is none", { dtype: "fp8" }, "ARGUMENT_INVALID"],
    ["a context that is no number", { context: "long" }, "ARGUMENT_INVALID"],
    ["a floor that nothing can prove", { floor: "zk:any" }, "CIRCUIT_NEEDED"],
    ["a folder without a model", { model: "nothing" }, "MODEL_MISSING"],
  ] as const) {
    it(`refuses ${name}`, async () => {
      expect(await codeOfPromise(publish(args(change), hre))).to.equal(code);
    });
  }

  it("says what it takes", async () => {
    const { code, out } = await runTask(["text:publish", "--help"]);
    expect(code).to.equal(0);
    for (const option of ["--model", "--licence", "--floor", "--dtype", "--json"])
      expect(out).to.include(option);
  });
});
