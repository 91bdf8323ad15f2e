import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { run as modelImport } from "../../../offchain/hardhat/tasks/actions/modelImport.ts";
import type { HostileServer } from "../../helpers/hostileServer.ts";
import { hostileServer } from "../../helpers/hostileServer.ts";
import { creditModel, node, onnxModel } from "../../helpers/onnxModel.ts";
import { taskOutput } from "../../helpers/taskOutput.ts";

const { file: MODEL } = creditModel();
const TOKEN = "hf_CANARYofAtokenThatNobodyMaySee";

describe("task model:import", () => {
  let at = "";
  let hub: HostileServer;
  const environment = { endpoint: process.env["HF_ENDPOINT"], token: process.env["HF_TOKEN"] };
  before(async () => {
    hub = await hostileServer();
    process.env["HF_ENDPOINT"] = hub.url;
    process.env["HF_TOKEN"] = TOKEN;
  });
  after(async () => {
    for (const [name, value] of [
      ["HF_ENDPOINT", environment.endpoint],
      ["HF_TOKEN", environment.token],
    ] as const) {
      if (value === undefined) Reflect.deleteProperty(process.env, name);
      else process.env[name] = value;
    }
    await hub.close();
  });
  beforeEach(() => {
    at = mkdtempSync(join(tmpdir(), "vouch-import-"));
    writeFileSync(join(at, "credit.onnx"), MODEL);
  });
  afterEach(() => {
    rmSync(at, { recursive: true });
  });

  const importing = (change: Partial<Parameters<typeof modelImport>[0]> = {}) =>
    taskOutput(() =>
      modelImport({
        ...{ source: join(at, "credit.onnx"), folder: join(at, "models"), name: "", licence: "" },
        ...{ revision: "", digest: "", maxBytes: "", json: false, ...change },
      }),
    );

  it("says what came, what is missing and what is next", async () => {
    const { text, error } = await importing();
    expect(error).to.equal(undefined);
    for (const part of [
      ...["Imported into", "credit.onnx", "not known", "ai.onnx", "Relu ×"],
      ...["No licence was found", "--licence", "npx hardhat model:estimate"],
    ])
      expect(text).to.contain(part);
    expect((await importing()).text).to.contain("byte for byte");
  });

  it("gives a machine the same", async () => {
    const { text } = await importing({ json: true, licence: "MIT", name: "mine" });
    const told = JSON.parse(text) as Record<string, unknown>;
    expect(told).to.deep.include({ name: "mine", wasThere: false, circuit: { refusal: null } });
    const kept: unknown = JSON.parse(
      readFileSync(join(at, "models", "mine", "source.json"), "utf8"),
    );
    expect(told["record"]).to.deep.equal(kept);
  });

  it("says of a model that no circuit takes why, and keeps it", async () => {
    writeFileSync(join(at, "odd.onnx"), onnxModel({ nodes: [node("NoSuchOp", ["x"], "y")] }));
    const { text, error } = await importing({ source: join(at, "odd.onnx") });
    expect(error).to.equal(undefined);
    expect(text).to.match(/No circuit can be made of it as it is.*NoSuchOp/s);
  });

  it("asks a hub by HF_ENDPOINT and HF_TOKEN, and shows no token", async () => {
    const sha = "5a".repeat(20);
    const seen = new Set<unknown>();
    hub.answer = ({ url, headers }, response) => {
      seen.add(headers.authorization);
      const siblings = [{ rfilename: "model.onnx" }];
      const info = JSON.stringify({ sha, siblings, tags: ["license:apache-2.0"] });
      response.end((url ?? "").startsWith("/api/") ? info : MODEL);
    };
    const { text, error } = await importing({ source: "hf://owner/model" });
    expect(error).to.equal(undefined);
    expect([...seen]).to.deep.equal([`Bearer ${TOKEN}`]);
    expect(text).to.contain(`hf://owner/model/model.onnx at ${sha}`);
    expect(text).to.contain("apache-2.0 (by its hub)");
    expect(text).to.not.contain("CANARY");
  });

  for (const change of [
    ...[{ digest: "abc" }, { digest: "z".repeat(64) }, { maxBytes: "0" }, { maxBytes: "1e9" }],
    { maxBytes: "-1" },
  ])
    it(`refuses ${JSON.stringify(change).slice(0, 24)}`, async () => {
      const { error } = await importing(change);
      expect(error).to.have.property("code", "ARGUMENT_INVALID");
      expect(readdirSync(at)).to.deep.equal(["credit.onnx"]);
    });

  it("demands a hash as people write it", async () => {
    const { record } = JSON.parse((await importing({ json: true })).text) as {
      readonly record: { readonly files: readonly { readonly sha256: string }[] };
    };
    const digits = record.files[0]?.sha256.slice(2).toUpperCase() ?? "";
    expect((await importing({ digest: digits })).error).to.equal(undefined);
    const wrong = await importing({ digest: "5a".repeat(32), name: "other" });
    expect(wrong.error).to.have.property("code", "IMPORT_HASH_MISMATCH");
  });
});
