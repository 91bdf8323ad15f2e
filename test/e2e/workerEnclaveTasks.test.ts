import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findContractError, parseReceipt } from "@vouch/protocol";
import { terminate } from "@vouch/prover";
import { openHome } from "@vouch/publisher";
import { measureImage } from "@vouch/worker";
import { expect } from "chai";
import hre from "hardhat";
import { pino } from "pino";
import { run as advise } from "../../offchain/hardhat/tasks/actions/advise.ts";
import { run as enclaveMeasure } from "../../offchain/hardhat/tasks/actions/enclaveMeasure.ts";
import { run as infer } from "../../offchain/hardhat/tasks/actions/infer.ts";
import { run as modelApprove } from "../../offchain/hardhat/tasks/actions/modelApprove.ts";
import { run as policyQuote } from "../../offchain/hardhat/tasks/actions/policyQuote.ts";
import { run as receiptVerify } from "../../offchain/hardhat/tasks/actions/receiptVerify.ts";
import { run as runWorker } from "../../offchain/hardhat/tasks/actions/worker.ts";
import type { Chain } from "../../offchain/hardhat/tasks/openChain.ts";
import { openTaskEnclave } from "../../offchain/hardhat/tasks/openTaskEnclave.ts";
import { openWorker } from "../../offchain/hardhat/tasks/openWorker.ts";
import { TaskError } from "../../offchain/hardhat/tasks/taskError.ts";
import { codeOfPromise } from "../helpers/codeOf.ts";
import type { CreditScenario } from "../helpers/creditScenario.ts";
import { openCreditScenario } from "../helpers/creditScenario.ts";
import { taskOutput } from "../helpers/taskOutput.ts";

const ROOT = hre.config.paths.root;

/** What a user sees of enclaves: tasks as they are called, each on a chain of its own where it needs one. */
describe("tasks: enclaves", function () {
  this.timeout(300_000);

  let scenario: CreditScenario;
  let takeBack: () => Promise<void>;

  before(async () => {
    scenario = await openCreditScenario();
    const snapshot = await scenario.chain.connection.networkHelpers.takeSnapshot();
    takeBack = () => snapshot.restore();
  });

  after(() => takeBack());

  after(terminate);

  const ask = (policy: string, json: boolean): Parameters<typeof infer>[0] => ({
    ...{
      release: scenario.open.id,
      input: "sample:0",
      policy,
      fee: "1",
      value: "",
      timeout: "60",
      out: "",
    },
    json,
  });
  const jsonOf = (text: string): Record<string, unknown> =>
    JSON.parse(text) as Record<string, unknown>;

  describe("infer on an in-process chain", () => {
    it("answers by a simulated enclave in one command, and says SIMULATED wherever it is", async () => {
      const { text, error } = await taskOutput(() =>
        infer(ask("tee:UpToDate,simulated+signature", false), hre),
      );
      expect(error).to.equal(undefined);
      expect(text).to.match(/^Measurement 0x[0-9a-f]{64}$/m);
      expect(text).to.match(/^SIMULATED ENCLAVE: its measurement was approved/m);
      expect(text).to.match(/^Assurance {3}signature \+ tee \(SIMULATED ENCLAVE/m);
    });

    it("prints one JSON document, and a receipt that receipt:verify takes", async () => {
      const asked = await taskOutput(() => infer(ask("tee:UpToDate,simulated", true), hre));
      const facts = jsonOf(asked.text);
      expect(facts["assurance"]).to.match(/^tee \(SIMULATED ENCLAVE/);
      const file = String(facts["receipt"]);
      expect(parseReceipt(jsonOf(readFileSync(file, "utf8"))).evidence).to.have.length(1);

      const verify = { file, release: "", offline: true, independent: true, json: false };
      const { text } = await taskOutput(() => receiptVerify(verify, hre));
      expect(text).to.match(/holds: tee \(SIMULATED ENCLAVE/);
    });

    it("is refused before money is escrowed where nobody approved a real enclave", async () => {
      expect(await refusalOf(infer(ask("tee:UpToDate", true), hre))).to.equal(
        "PolicyUnsatisfiable",
      );
    });
  });

  it("policy:quote prices a tee clause, and says SIMULATED where it takes one", async () => {
    const args = { release: scenario.open.id, token: "", inputWords: "", outputWords: "" };
    const policy = "tee:UpToDate,simulated|signature";
    const { text } = await taskOutput(() => policyQuote({ ...args, policy, json: false }, hre));
    expect(text).to.include("SIMULATED accepted");
  });

  it("advise exits with 1 where the policy is weaker than the value at stake, and with 0 where nothing is", async () => {
    const args: Parameters<typeof advise>[0] = {
      ...{ release: scenario.open.id, policy: "zk:any", within: "", budget: "", fee: "", work: "" },
      ...{ stake: "", cover: "" },
      ...{ attesters: "", circuits: "", vendorUpTo: "", panelUpTo: "", value: "0", json: true },
    };
    const before = process.exitCode;
    try {
      for (const [value, code] of [
        ["0", before],
        ["2eth", 1],
      ] as const) {
        const { text, error } = await taskOutput(() => advise({ ...args, value }, hre));
        expect(error).to.equal(undefined);
        expect(process.exitCode).to.equal(code);
        expect(jsonOf(text)).to.have.nested.property("chosen.sufficient", value === "0");
      }
    } finally {
      process.exitCode = before;
    }
  });

  it("worker --once registers a simulated enclave, and tells its measurement", async () => {
    const args = {
      ...{ stake: "1000000000000000000", minFee: "0", account: "1", once: true },
      ...{ keyFile: "", settings: "", collateral: "", retireKey: true },
    };
    const { text } = await taskOutput(() =>
      runWorker({ ...args, enclave: "simulated", json: true }, hre),
    );
    const { enclave } = jsonOf(text) as { enclave: Record<string, unknown> };
    const { text: measured } = await taskOutput(() =>
      enclaveMeasure({ folder: "", nodeVersion: "", manifest: false, json: true }, hre),
    );
    // The recipe of docs/operate.md, from the files to what the registry keeps.
    expect(enclave["measurement"]).to.equal(jsonOf(measured)["simulatedMeasurement"]);
    expect(enclave["simulated"]).to.equal(true);
    const refused = runWorker({ ...args, enclave: "pretended", json: true }, hre);
    expect(await codeOfPromise(refused)).to.equal("ARGUMENT_INVALID");
  });

  describe("openWorker, of a worker that cannot serve", () => {
    /** A chain that lasts, of a store of its own. */
    const lastingChain = (): Chain => ({
      ...scenario.chain,
      inProcess: false,
      home: openHome(mkdtempSync(join(tmpdir(), "vouch-home-"))),
    });

    /** What it ends with, and how many transactions the operator sent for it. */
    async function attempt(chain: Chain): Promise<[string | undefined, number]> {
      const { provider } = chain.connection.ethers;
      const { operator } = scenario.cast;
      const before = await provider.getTransactionCount(operator.address);
      const enclave = { choice: "simulated", root: ROOT } as const;
      const code = await codeOfPromise(openWorker(chain, operator, { silent: true, enclave }));
      return [code, (await provider.getTransactionCount(operator.address)) - before];
    }

    it("registers no key where there is nothing to serve, and leaves the sign log free", async () => {
      const chain = lastingChain();
      expect(await attempt(chain)).to.deep.equal(["NOTHING_PUBLISHED", 0]);
      expect(await attempt(chain)).to.deep.equal(["NOTHING_PUBLISHED", 0]);
    });

    it("registers no key where the sign log is damaged, or another process's", async () => {
      const { home, ...chain } = lastingChain();
      const { chainId, anchor } = chain.deployment;
      const operator = scenario.cast.operator.address.toLowerCase();
      const folder = join(home.operators, operator, `${chainId}-${anchor}`);
      const { releases, keys, cache } = scenario.chain.home;
      const served = { ...chain, home: { ...home, releases, keys, cache } };
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, "signed.jsonl"), "\n");
      expect(await attempt(served)).to.deep.equal(["SIGN_LOG_CORRUPT", 0]);
      writeFileSync(join(folder, "signed.jsonl"), "");
      writeFileSync(join(folder, "signed.jsonl.lock"), "");
      expect(await attempt(served)).to.deep.equal(["SIGN_LOG_LOCKED", 0]);
    });
  });

  it("worker --enclave auto says of each interface why it is not there, and serves without", async () => {
    const said: string[] = [];
    const enclave = await openTaskEnclave(scenario.chain, scenario.cast.operator, {
      choice: "auto",
      root: ROOT,
      log: pino({ level: "silent" }),
      say: (text) => said.push(text),
    });
    expect(enclave).to.equal(undefined);
    for (const name of ["configfs-tsm", "Gramine", "dstack", "Nitro"])
      expect(said.join("\n")).to.include(name);
  });

  it("enclave:measure prints what measureImage measures, or a manifest", async () => {
    const { files, digest } = await measureImage(ROOT);
    const { text } = await taskOutput(() =>
      enclaveMeasure({ folder: "", nodeVersion: "", manifest: false, json: false }, hre),
    );
    expect(text).to.include(Buffer.from(digest).toString("hex"));
    expect(text).to.match(/^SIMULATED 0x[0-9a-f]{64}/m);
    const manifest = await taskOutput(() =>
      enclaveMeasure({ folder: "", nodeVersion: "", manifest: true, json: false }, hre),
    );
    expect(manifest.text.split("\n")).to.have.length(files.length + 2);
    const wrong = enclaveMeasure(
      { folder: "", nodeVersion: "22", manifest: false, json: true },
      hre,
    );
    expect(await codeOfPromise(wrong)).to.equal("ARGUMENT_INVALID");
  });

  describe("model:approve", () => {
    const measurement = `0x${"5e".repeat(32)}`;
    const args = { minSvn: "0", withdraw: false, since: "", account: "0", json: true };

    it("approves as the publisher", async () => {
      const release = scenario.open.id;
      const { text } = await taskOutput(() => modelApprove({ ...args, release, measurement }, hre));
      expect(jsonOf(text)).to.include({ release, measurement, minSvn: 0, servable: true });
    });

    for (const [what, change, code] of [
      ["another account", { account: "2" }, "MeasurementPublisherMismatch"],
      ["a version that is none", { minSvn: "65536" }, "ARGUMENT_INVALID"],
      ["a time that is none", { withdraw: true, since: "yesterday" }, "ARGUMENT_INVALID"],
      ["to withdraw what was never approved", { withdraw: true }, "MeasurementNotApproved"],
    ] as const) {
      it(`refuses ${what}`, async () => {
        const release = scenario.open.id;
        const attempt = modelApprove({ ...args, release, measurement, ...change }, hre);
        expect(await refusalOf(attempt)).to.equal(code);
      });
    }
  });
});

/** The contract's error that a task ends with, or its own by code; undefined where it succeeds. */
async function refusalOf(task: Promise<void>): Promise<string | undefined> {
  const error: unknown = await task.catch((it: unknown) => it);
  const refusal = findContractError(error);
  return refusal?.name ?? (error instanceof TaskError ? error.code : undefined);
}
