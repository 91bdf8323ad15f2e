import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { listBundles, openHome, readBundle } from "@vouch/publisher";
import { expect } from "chai";
import hre from "hardhat";
import { run as modelAccept } from "../../offchain/hardhat/tasks/actions/modelAccept.ts";
import { run as modelGrant } from "../../offchain/hardhat/tasks/actions/modelGrant.ts";
import { run as sealingKey } from "../../offchain/hardhat/tasks/actions/sealingKey.ts";
import { codeOf } from "../helpers/codeOf.ts";
import type { CreditScenario } from "../helpers/creditScenario.ts";
import { openCreditScenario } from "../helpers/creditScenario.ts";
import { taskOutput } from "../helpers/taskOutput.ts";

/** A publisher and an operator that have nothing in common but files that they hand over. */
describe("tasks: sealed releases", function () {
  this.timeout(300_000);

  let scenario: CreditScenario;
  let folder = "";
  const release = () => scenario.open.id;
  const out = () => join(folder, "sealed");

  before(async () => {
    scenario = await openCreditScenario();
    folder = mkdtempSync(join(tmpdir(), "vouch-sealing-"));
    forget();
  });
  after(() => {
    forget();
    rmSync(folder, { recursive: true });
  });

  /** The store of the publisher outlives the run, and its release is sealed in this one for the first time. */
  function forget(): void {
    rmSync(join(scenario.chain.home.releases, release(), "sealing.json"), { force: true });
  }

  /** Has a task work with the operator's store. */
  async function asOperator(task: () => Promise<void>): ReturnType<typeof taskOutput> {
    const home = process.env["VOUCH_HOME"];
    process.env["VOUCH_HOME"] = join(folder, "operator");
    try {
      return await taskOutput(task);
    } finally {
      process.env["VOUCH_HOME"] = home;
    }
  }
  async function announced(): Promise<{ readonly operator: string; readonly document: string }> {
    const { text, error } = await asOperator(() => sealingKey({ account: "1", json: true }, hre));
    expect(error).to.equal(undefined);
    return JSON.parse(text) as Awaited<ReturnType<typeof announced>>;
  }
  const grant = (change: Partial<Parameters<typeof modelGrant>[0]>) =>
    taskOutput(() =>
      modelGrant(
        {
          ...{ release: release(), to: "", revoke: "", days: "90", out: out(), account: "0" },
          ...{ json: true, ...change },
        },
        hre,
      ),
    );
  const accept = (sealed: string, path: string) =>
    asOperator(() => modelAccept({ folder: sealed, grant: path, account: "1", json: false }, hre));

  it("brings a release from its publisher to an operator, sealed all the way", async () => {
    const key = await announced();
    const { text, error } = await grant({ to: key.document });
    expect(error).to.equal(undefined);
    const facts = JSON.parse(text) as {
      readonly generation: number;
      readonly sealed: string;
      readonly grants: readonly { readonly holder: string; readonly grant: string }[];
    };
    expect(facts.generation).to.equal(1);
    expect(facts.grants.map(({ holder }) => holder)).to.deep.equal([key.operator]);
    const { file, salt } = readBundle(scenario.chain.home.releases, release());
    const sealed = readFileSync(join(facts.sealed, "model.onnx.age"));
    expect(sealed.includes(Buffer.from(file.subarray(100, 132)))).to.equal(false);
    expect(existsSync(join(facts.sealed, "secret.json"))).to.equal(false);
    const path = facts.grants[0]?.grant ?? "";
    expect(readFileSync(path, "utf8")).to.not.contain(salt?.slice(2));

    const accepted = await accept(facts.sealed, path);
    expect(accepted.error).to.equal(undefined);
    expect(accepted.text).to.match(/is served from here, sealed, until \d{4}-/);
    const { releases } = openHome(join(folder, "operator"));
    expect(listBundles(releases)).to.deep.equal([release()]);
    expect(codeOf(() => readBundle(releases, release()))).to.equal("BUNDLE_SEALED");
  });

  it("seals it anew where a grant is taken back, and grants that operator nothing more", async () => {
    const key = await announced();
    const { text, error } = await grant({ revoke: key.operator });
    expect(error).to.equal(undefined);
    expect(JSON.parse(text))
      .to.include({ generation: 2 })
      .and.has.property("revoked")
      .contains(key.operator);
    expect((await grant({ to: key.document })).error).to.have.property("code", "ARGUMENT_INVALID");
    const old = join(out(), "generation-1", "grants", `${release()}-${key.operator}.json`);
    const next = join(out(), "generation-2", release());
    expect((await accept(next, old)).error).to.have.property("code", "GRANT_REVOKED");
  });

  it("says what is wrong with what it was given", async () => {
    const missing = await grant({ to: join(folder, "none.json") });
    expect(missing.error).to.have.property("code", "ARGUMENT_INVALID");
    expect(missing.error).to.have.property("message").contain("sealing:key");
    const others = await grant({ account: "1" });
    expect(others.error).to.have.property("code", "ARGUMENT_INVALID");
    expect(others.error).to.have.property("message").contain("--account");
    for (const days of ["0", "-1", "forever", "4000"])
      expect((await grant({ days })).error).to.have.property("code", "ARGUMENT_INVALID");
    const none = await accept(join(out(), "generation-2", release()), join(folder, "none.json"));
    expect(none.error).to.have.property("message").contain("model:grant");
  });
});
