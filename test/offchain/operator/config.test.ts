import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { operatorHelp, readOperatorConfig } from "@vouch/operator";
import { allOf, policyToJson, requireSignature, requireZk } from "@vouch/protocol";
import { WorkerError, configHelp } from "@vouch/worker";
import { expect } from "chai";

const RELEASE = `0x${"ab".repeat(32)}`;

describe("readOperatorConfig", () => {
  const folder = mkdtempSync(join(tmpdir(), "vouch-operator-config-"));
  after(() => {
    rmSync(folder, { recursive: true });
  });
  const file = (content: object): string => {
    const path = join(folder, "gateway.json");
    writeFileSync(path, JSON.stringify(content));
    return path;
  };
  const read = (args: readonly string[], env: Record<string, string> = {}) =>
    readOperatorConfig({ args, env }).config;
  const faultOf = (args: readonly string[]): { setting: string; reason: string } | undefined => {
    try {
      read(args);
    } catch (error) {
      if (error instanceof WorkerError && error.data.code === "CONFIG_INVALID") return error.data;
      throw error;
    }
    return undefined;
  };

  it("has a default for everything, and the worker's settings too", () => {
    const { chain, http, payments, text } = read([]);
    expect(chain.confirmations).to.equal(0);
    expect(http).to.include({ host: "127.0.0.1", trustProxy: false, receiptDays: 90 });
    expect(payments.prices).to.deep.equal([]);
    expect([payments.payTo, payments.token.address]).to.deep.equal([undefined, undefined]);
    expect(text.server.models.size).to.equal(0);
  });

  it("takes prices, switches and models from flags and variables", () => {
    const env = { VOUCH_HTTP_TRUST_PROXY: "true" };
    const prices = ["--payments-prices", "*:signature:1, tiny:zk:any:2:payment/individual"];
    const models = [
      "--text-server-models",
      `${RELEASE.toUpperCase().replace("0X", "0x")}=org/model`,
    ];
    const { http, payments, text } = read([...prices, ...models], env);
    expect(http.trustProxy).to.equal(true);
    expect(payments.prices.map(({ release, amount }) => `${release} ${amount}`)).to.deep.equal([
      ...["* 1", "tiny 2"],
    ]);
    expect([...text.server.models]).to.deep.equal([[RELEASE, "org/model"]]);
  });

  it("takes prices in full from the file", () => {
    const policy = allOf([requireZk("any"), requireSignature()], 5n);
    const full = { policy: policyToJson(policy), name: "proven", amount: "1000" };
    const short = { policy: "signature", amount: 3 };
    const { payments } = read(["--config", file({ payments: { prices: [full, short] } })]);
    expect(payments.prices).to.deep.equal([
      { release: "*", policy, name: "proven", amount: 1_000n, settlement: ["payment"] },
      {
        ...{ release: "*", policy: allOf([requireSignature()]), amount: 3n },
        settlement: ["payment"],
      },
    ]);
  });

  it("does not repeat a key that is given for an address", () => {
    const key = `0x${"4c".repeat(32)}`;
    for (const flag of ["--payments-pay-to", "--payments-token-address"])
      expect(inspect(faultOf([flag, key])))
        .to.include("20 bytes")
        .and.not.include("4c4c");
  });

  for (const [flag, value] of [
    ["--payments-prices", "*:signature"],
    ["--payments-pay-to", "0x12"],
    ["--payments-token-address", "token"],
    ["--payments-facilitator-url", "ftp://facilitator"],
    ["--payments-voucher-seconds", "599"],
    ["--payments-voucher-batch-items", "16384"],
    ["--payments-voucher-batch-seconds", "43201"],
    ["--payments-voucher-claim-items", "0"],
    ["--http-trust-proxy", "yes"],
    ["--http-cors-origins", "page.example"],
    ["--text-server-models", "small-talk"],
  ] as const) {
    it(`refuses ${flag} ${value}, naming the flag`, () => {
      expect(faultOf([flag, value])?.setting).to.equal(flag);
    });
  }

  it("says what is wrong with a price, whichever form it has", () => {
    const path = file({ payments: { prices: [{ policy: "signature" }] } });
    expect(faultOf(["--config", path])?.setting).to.equal(`${path}: payments.prices.0.amount`);
    expect(faultOf(["--payments-prices", "*:sign:1"])?.reason).to.include('"sign"');
  });

  it("describes every setting, the worker's first", () => {
    const help = operatorHelp();
    expect(help.slice(0, configHelp().length)).to.deep.equal(configHelp());
    expect(new Set(help.map(([flag]) => flag)).size).to.equal(help.length);
    expect(help.filter(([, , , meaning]) => meaning === "")).to.deep.equal([]);
  });
});
