import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pemOf } from "@vouch/attestation";
import {
  simulateNitro,
  simulateQuote,
  simulatedCollateral,
  simulatedPlatform,
  simulatedRegisters,
} from "@vouch/attestation/simulated";
import { expect } from "chai";
import hre from "hardhat";
import { serveCollateral, serviceAnswer } from "../helpers/collateralServer.ts";
import { runTask } from "../helpers/runTask.ts";
import { taskOutput } from "../helpers/taskOutput.ts";

const SVNS = Array<number>(16).fill(2);
const FMSPC = "00b06f000000";
const TIME = "2026-01-10T00:00:00Z";
const DEFAULTS = { collateral: "", time: "", independent: false, simulated: false, json: false };
const LEVEL = [{ isvSvn: 4, status: "UpToDate" }];
const collateral = simulatedCollateral({
  tee: "TDX",
  fmspc: FMSPC,
  period: { from: new Date("2026-01-01T00:00:00Z"), to: new Date("2026-01-31T00:00:00Z") },
  evaluation: 17,
  levels: [
    {
      sgx: SVNS,
      pceSvn: 11,
      tdx: Array<number>(16).fill(0),
      status: "SWHardeningNeeded",
      advisories: ["INTEL-SA-00615"],
    },
  ],
  modules: [{ version: 1, levels: LEVEL }],
  qeLevels: LEVEL,
});
const quoteOf = (attributes?: string): Buffer =>
  Buffer.from(
    simulateQuote({
      platform: simulatedPlatform("unit", 5n, { components: SVNS, pceSvn: 11, fmspc: FMSPC }),
      reportData: new Uint8Array(64),
      qeSvn: 4,
      td: {
        version: 4,
        teeTcbSvn: [4, 1, ...SVNS.slice(2)],
        ...(attributes === undefined ? {} : { attributes }),
      },
    }),
  );

describe("enclave:inspect", function () {
  this.timeout(120_000);

  let folder = "";
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "vouch-inspect-"));
    write("rootcrl.der", collateral.rootRevocations);
    write("pckcrl", collateral.pckRevocations);
    write("tcbInfo_response", serviceAnswer("tcbInfo", collateral.tcbInfo));
    write("qeIdentity_response", serviceAnswer("enclaveIdentity", collateral.qeIdentity));
    write("tcbInfo_issuer_chain", collateral.signingChain.map(pemOf).join(""));
  });
  after(() => {
    rmSync(folder, { recursive: true });
  });

  function write(name: string, content: string | Uint8Array): string {
    const path = join(folder, name);
    writeFileSync(path, content);
    return path;
  }

  /** The task with its options, in this process: what it prints and the exit code that it sets. */
  async function inspect(
    file: string,
    args: Readonly<Record<string, string | boolean>>,
  ): Promise<{ readonly code: unknown; readonly out: string }> {
    const task = hre.tasks.getTask("enclave:inspect");
    const before = process.exitCode;
    process.exitCode = 0;
    try {
      const { text, error } = await taskOutput(async () => {
        await task.run({ ...DEFAULTS, file, ...args });
      });
      if (error !== undefined) throw new Error("the task threw", { cause: error });
      return { code: process.exitCode, out: text };
    } finally {
      process.exitCode = before;
    }
  }
  const judge = (file: string, args: Readonly<Record<string, boolean>>) =>
    inspect(file, { collateral: folder, time: TIME, ...args });

  it("exits with 2 for one that was only read, where a user runs it", async () => {
    const args = ["enclave:inspect", write("quote", quoteOf()), "--time", TIME, "--json"];
    const { code, out } = await runTask(args);
    expect(code).to.equal(2);
    expect(JSON.parse(out)).to.have.nested.property("outcome.status", "read");
  });

  for (const [what, content] of [
    ["as it is", quoteOf()],
    ["in hexadecimal digits", `0x${quoteOf().toString("hex")}\n`],
    ["in base64, over lines", quoteOf().toString("base64").replaceAll(/.{64}/g, "$&\n")],
  ] as const) {
    it(`verifies a quote that is given ${what}, and exits with 0 where simulated ones are taken`, async () => {
      const { code, out } = await judge(write("quote", content), { simulated: true, json: true });
      expect(code).to.equal(0);
      expect(JSON.parse(out)).to.deep.include({
        tee: "TDX",
        simulated: true,
        outcome: {
          status: "verified",
          simulated: true,
          tcb: "SWHardeningNeeded",
          advisories: ["INTEL-SA-00615"],
        },
      });
    });
  }

  it("exits with 2 for a simulated one that nobody asked for: anybody can make it", async () => {
    const { code, out } = await judge(write("quote", quoteOf()), { json: true });
    expect(code).to.equal(2);
    expect(JSON.parse(out)).to.have.nested.property("outcome.simulated", true);
    const printed = await judge(write("quote", quoteOf()), {});
    expect(printed.code).to.equal(2);
    expect(printed.out)
      .to.match(/^NOT VERIFIED/m)
      .and.not.match(/^VERIFIED/m);
  });

  it("prints every section for people, with a warning and what another verifier says", async () => {
    const { code, out } = await judge(write("quote", quoteOf()), {
      independent: true,
      simulated: true,
    });
    expect(code).to.equal(0);
    for (const part of [
      "SIMULATED",
      "Body, TD 1.0",
      "Certificate 0, Intel SGX PCK Certificate",
      `0x${FMSPC}`,
      "TCB levels",
      "VERIFIED, SWHardeningNeeded, INTEL-SA-00615",
      "Another verifier: SWHardeningNeeded",
    ]) {
      expect(out).to.include(part);
    }
    expect(out).not.to.include("\u001b[");
  });

  it("takes collateral from a service", async () => {
    const server = await serveCollateral(collateral);
    try {
      const { code } = await inspect(write("quote", quoteOf()), {
        collateral: server.url,
        time: String(Date.parse(TIME) / 1000),
        simulated: true,
      });
      expect(code).to.equal(0);
    } finally {
      await server.close();
    }
  });

  it("exits with 1 for one that is refused, with reason and remedy", async () => {
    const { code, out } = await judge(write("quote", quoteOf("0100001000000000")), {
      simulated: true,
      json: true,
    });
    expect(code).to.equal(1);
    const { outcome } = JSON.parse(out) as { outcome: Record<string, string> };
    expect(outcome).to.include({ status: "refused", check: "attributes" });
    expect(outcome["remedy"]).not.to.be.empty;
  });

  describe("of a document of AWS Nitro", () => {
    const document = (pcrs = simulatedRegisters("image")): Buffer =>
      Buffer.from(simulateNitro({ issuedAt: Date.parse(TIME) / 1000, pcrs }));

    it("verifies it, says that it is simulated, and exits with 0 where such is taken", async () => {
      const file = write("nitro", document());
      const { code, out } = await inspect(file, { time: TIME, simulated: true, json: true });
      expect(code).to.equal(0);
      expect(JSON.parse(out)).to.deep.include({
        kind: "nitro",
        simulated: true,
        outcome: { status: "verified", simulated: true },
      });
      const printed = await inspect(file, { time: TIME, simulated: true });
      for (const part of ["SIMULATED", "PCR0", "Certificates, the root first", "VERIFIED"])
        expect(printed.out).to.include(part);
    });

    it("exits with 2 for one that is simulated where nobody asked for such", async () => {
      const { code, out } = await inspect(write("nitro", document()), { time: TIME });
      expect(code).to.equal(2);
      expect(out).to.match(/^NOT VERIFIED/m);
    });

    it("exits with 1 for one in debug mode, a day later, and where it cannot be read", async () => {
      const debug = document(new Map([0, 1, 2].map((index) => [index, new Uint8Array(48)])));
      for (const [content, time, check] of [
        [debug, TIME, "debug mode"],
        [document(), "2026-01-11T00:00:00Z", "age"],
        [document().subarray(0, 300), TIME, "encoding"],
      ] as const) {
        const { code, out } = await inspect(write("nitro", content), { time, json: true });
        expect(code, check).to.equal(1);
        const { checks } = JSON.parse(out) as { checks: { name: string; outcome: string }[] };
        expect(checks.find(({ outcome }) => outcome === "failed")?.name).to.equal(check);
      }
    });
  });

  const whole = (): string => write("quote", quoteOf());
  for (const [what, error, file, args] of [
    ["a file that is not there", "ARGUMENT_INVALID", () => "none", {}],
    ["an empty file", "ARGUMENT_INVALID", () => write("empty", ""), {}],
    ["what is no quote", "QUOTE_UNSUPPORTED", () => write("text", "a text of some length"), {}],
    ["a quote that is cut", "QUOTE_MALFORMED", () => write("cut", quoteOf().subarray(0, 700)), {}],
    ["a time that is none", "ARGUMENT_INVALID", whole, { time: "noon" }],
    ["a folder without collateral", "COLLATERAL_UNAVAILABLE", whole, { collateral: tmpdir() }],
    ["a second opinion on nothing", "ARGUMENT_INVALID", whole, { independent: true }],
  ] as const) {
    it(`exits with 1 for ${what}, and names it`, async () => {
      const { code, out } = await inspect(file(), { ...args, json: true });
      expect(code).to.equal(1);
      expect(JSON.parse(out)).to.have.nested.property("error.code", error);
    });
  }
});
