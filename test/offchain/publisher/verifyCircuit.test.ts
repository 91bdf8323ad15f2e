import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Hex, Manifest } from "@vouch/protocol";
import { contentId, manifestHash, parseCircuitId } from "@vouch/protocol";
import type { Finding } from "@vouch/publisher";
import { requireFindings, verifyCircuit } from "@vouch/publisher";
import { expect } from "chai";
import { id } from "ethers";
import { codeOfPromise } from "../../helpers/codeOf.ts";
import { trapdoorReceipt } from "../../helpers/trapdoorReceipt.ts";

const FILE = new Uint8Array([8, 1, 2, 3]);
const SALT: Hex = `0x${"5a".repeat(32)}`;
const encoding = { mode: "public", elements: 20, bits: 16, signed: true, fractionBits: 8 } as const;
const manifest: Manifest = {
  format: "vouch.manifest/1",
  compiler: "@vouch/compiler 0.1.0",
  model: "credit",
  version: "1.0.0",
  input: { name: "x", shape: [1, 20], encoding },
  output: { name: "y", shape: [1, 3], encoding: { ...encoding, elements: 3, bits: 32 } },
  quantization: { weightBits: 8, activationBits: 8 },
  calibration: { x: 1.5 },
  report: { rows: 2, maxAbsError: 0.5, meanAbsError: 0.25 },
};
const { release, circuit } = trapdoorReceipt({
  circuit: { weights: "constant" },
  release: { weights: 0n, content: contentId(FILE), manifest: manifestHash(manifest) },
});
const registered = { id: release.circuit, release, circuit: circuit! };

/** What needs no compiler; test/e2e/publicWeights.test.ts has the rest. */
describe("verifyCircuit", () => {
  let cache = "";
  beforeEach(() => {
    cache = mkdtempSync(join(tmpdir(), "vouch-circuit-"));
  });
  afterEach(() => {
    rmSync(cache, { recursive: true });
  });

  const statuses = (findings: readonly Finding[]): Record<string, string> =>
    Object.fromEntries(findings.map(({ name, status }) => [name, status]));

  it("goes on past what fails, and leaves unchecked what cannot be derived", async () => {
    const findings = await verifyCircuit(registered, { file: FILE, manifest }, { cache });
    expect(statuses(findings)).to.deep.equal({
      content: "holds",
      manifest: "holds",
      circuit: "holds",
      encodings: "fails", // no ONNX file
      weights: "unchecked",
      r1cs: "unchecked",
      key: "unchecked",
    });
  });

  it("finds another file, another manifest, another id, each by itself", async () => {
    const other = {
      content: [registered, { file: new Uint8Array([9]), manifest }],
      manifest: [registered, { file: FILE, manifest: { ...manifest, version: "2" } }],
      circuit: [
        { ...registered, id: parseCircuitId(id("another")) },
        { file: FILE, manifest },
      ],
    } as const;
    for (const [name, [chain, material]] of Object.entries(other)) {
      const found = statuses(await verifyCircuit(chain, material, { cache }));
      const early = ["content", "manifest", "circuit"].filter((it) => found[it] === "fails");
      expect(early).to.deep.equal([name]);
    }
  });

  it("looks into no release where none is given", async () => {
    const { id: circuitId, circuit: alone } = registered;
    const chain = { id: circuitId, circuit: alone };
    const findings = await verifyCircuit(chain, { file: FILE, manifest }, { cache });
    expect(findings.map(({ name }) => name)).to.not.include.members(["content", "manifest"]);
  });

  it("throws SALT_MISSING for a release with private weights, unless a salt is given", async () => {
    const receipt = trapdoorReceipt({ release: { content: contentId(FILE, SALT) } });
    const closed = {
      id: receipt.release.circuit,
      release: receipt.release,
      circuit: receipt.circuit!,
    };
    const unsalted = verifyCircuit(closed, { file: FILE, manifest }, { cache });
    expect(await codeOfPromise(unsalted)).to.equal("SALT_MISSING");
    const findings = await verifyCircuit(closed, { file: FILE, manifest, salt: SALT }, { cache });
    expect(statuses(findings)["content"]).to.equal("holds");
  });
});

describe("requireFindings", () => {
  const finding = (name: Finding["name"], status: Finding["status"]): Finding => ({
    name,
    status,
    detail: "",
  });

  it("names everything that fails, and nothing else", () => {
    const findings = [
      finding("content", "fails"),
      finding("manifest", "holds"),
      finding("r1cs", "fails"),
      finding("key", "unchecked"),
    ];
    expect(() => {
      requireFindings(findings);
    })
      .to.throw()
      .with.property("data")
      .that.deep.equals({ code: "VERIFICATION_FAILED", failed: ["content", "r1cs"] });
    requireFindings([finding("content", "holds"), finding("key", "unchecked")]);
  });
});
