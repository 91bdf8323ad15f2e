import { mkdtempSync, rmSync, unlinkSync, writeFileSync } from "node:fs";
import type { ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  collateralFolder,
  collateralService,
  explainQuote,
  pemOf,
  platformModelOf,
  readQuote,
  type ServiceOptions,
  verifyQuote,
} from "@vouch/attestation";
import {
  simulateQuote,
  simulatedCollateral,
  simulatedKey,
  simulatedPlatform,
  simulatedRoot,
} from "@vouch/attestation/simulated";
import { AsnConvert } from "@peculiar/asn1-schema";
import {
  CRLDistributionPoints,
  DistributionPoint,
  DistributionPointName,
  GeneralName,
} from "@peculiar/asn1-x509";
import { expect } from "chai";
import {
  extension,
  makeCertificate,
} from "../../../offchain/attestation/simulated/certificates.ts";
import { codeOfPromise } from "../../helpers/codeOf.ts";
import {
  type CollateralServer,
  serveCollateral,
  serviceAnswer,
} from "../../helpers/collateralServer.ts";

const SVNS = Array<number>(16).fill(2);
const FMSPC = "00b06f000000";
const TIME = Date.parse("2026-01-10T00:00:00Z") / 1000;
const LEVEL = [{ isvSvn: 4, status: "UpToDate" }];
const collateral = simulatedCollateral({
  tee: "TDX",
  fmspc: FMSPC,
  period: { from: new Date("2026-01-01T00:00:00Z"), to: new Date("2026-01-31T00:00:00Z") },
  evaluation: 17,
  levels: [{ sgx: SVNS, pceSvn: 11, tdx: SVNS, status: "UpToDate" }],
  modules: [{ version: 1, levels: LEVEL }],
  qeLevels: LEVEL,
});
const quote = simulateQuote({
  platform: simulatedPlatform("unit", 5n, { components: SVNS, pceSvn: 11, fmspc: FMSPC }),
  reportData: new Uint8Array(64),
  qeSvn: 4,
  td: { version: 4, teeTcbSvn: [4, 1, ...SVNS.slice(2)] },
});
const model = platformModelOf(readQuote(quote));

describe("collateralService", () => {
  const servers: CollateralServer[] = [];
  const serve = async (
    ...[instead]: readonly ((path: string, response: ServerResponse) => boolean)[]
  ): Promise<CollateralServer> => {
    const server = await serveCollateral(collateral, instead);
    servers.push(server);
    return server;
  };
  const get = async (
    server: CollateralServer,
    options: Partial<ServiceOptions> = {},
  ): Promise<unknown> => collateralService({ url: server.url, ...options })(model);

  afterEach(async () => {
    await Promise.all(servers.splice(0).map((it) => it.close()));
  });

  it("takes all of a platform model, to the byte: a quote verifies by it", async () => {
    const server = await serve();
    const taken = await collateralService({ url: `${server.url}/` })(model);
    expect(taken).to.deep.equal(collateral);
    const verdict = verifyQuote(quote, taken, TIME, simulatedRoot().certificate);
    expect(verdict.status).to.equal("UpToDate");
    expect(server.asked).to.have.members([
      "/sgx/certification/v4/pckcrl?ca=platform&encoding=der",
      "/tdx/certification/v4/tcb?fmspc=00B06F000000&update=standard",
      "/tdx/certification/v4/qe/identity?update=standard",
      "/sgx/certification/v4/rootcacrl",
    ]);
  });

  it("asks for the documents of SGX, and early ones, where it is to", async () => {
    const server = await serve();
    await collateralService({ url: server.url, update: "early" })({ ...model, tee: "SGX" });
    expect(server.asked).to.include.members([
      "/sgx/certification/v4/tcb?fmspc=00B06F000000&update=early",
      "/sgx/certification/v4/qe/identity?update=early",
    ]);
  });

  for (const [what, path, status, reason] of [
    ["of a model that the service does not know", "/tcb?", 404, "answered 404"],
    ["of a service that fails", "/qe/identity", 503, "answered 503"],
    ["of lists that need a subscription", "/pckcrl", 401, "answered 401"],
    [
      "of the root's list, which no certificate says where to get",
      "/rootcacrl",
      404,
      "answered 404",
    ],
  ] as const) {
    it(`names URL and status ${what}`, async () => {
      const server = await serve((asked, response) => {
        if (!asked.includes(path)) return false;
        response.writeHead(status).end();
        return true;
      });
      const error: unknown = await get(server).catch((it: unknown) => it);
      expect(error).to.have.property("code", "COLLATERAL_UNAVAILABLE");
      expect(error).to.have.nested.property("failure.status", status);
      expect(error).to.have.nested.property("failure.reason", reason);
      expect(error).to.have.nested.property("failure.source").that.includes(server.url);
    });
  }

  for (const [what, urlOf, isAsked] of [
    ["another port of this machine", (it: URL) => `http://127.0.0.1:${it.port}1/`, false],
    ["a host that ends like Intel's", () => "https://x.api.trustedservices.intel.com.io/", false],
    ["Intel's host without TLS", () => "http://certificates.trustedservices.intel.com/", false],
    ["a file", () => "file:///etc/hostname", false],
    ["the service itself", (it: URL) => new URL("/IntelSGXRootCA.der", it).href, true],
  ] as const) {
    it(`${isAsked ? "takes" : "asks for no"} root's list where an unverified root names ${what}`, async () => {
      const chain: Uint8Array[] = [];
      const server = await serve((path, response) => {
        if (path === "/IntelSGXRootCA.der") response.end(collateral.rootRevocations);
        else if (path.includes("/rootcacrl")) response.writeHead(404).end();
        else if (path.includes("/tcb?") || path.includes("/identity")) {
          const pem = encodeURIComponent(chain.map(pemOf).join(""));
          response.setHeader("TCB-Info-Issuer-Chain", pem);
          response.setHeader("SGX-Enclave-Identity-Issuer-Chain", pem);
          response.end(
            path.includes("/tcb?")
              ? serviceAnswer("tcbInfo", collateral.tcbInfo)
              : serviceAnswer("enclaveIdentity", collateral.qeIdentity),
          );
        } else return false;
        return true;
      });
      const url = urlOf(new URL(server.url));
      chain.push(...collateral.signingChain.slice(0, 1), rootNaming(url));
      const taken: unknown = await get(server).catch((it: unknown) => it);
      if (isAsked) {
        expect(taken).to.have.deep.property("rootRevocations", collateral.rootRevocations);
        return;
      }
      expect(taken).to.have.deep.property("failure", {
        code: "COLLATERAL_UNAVAILABLE",
        source: url,
        reason: "is neither one of Intel's hosts nor the service itself, so it is not asked",
      });
    });
  }

  it("gives up on an answer that takes too long, and on one that is too large", async () => {
    const late = await serve((path) => path.includes("/tcb"));
    const large = await serve((path, response) => {
      if (path.includes("/tcb")) response.end(Buffer.alloc(100_000, 32));
      return path.includes("/tcb");
    });
    for (const [server, options, reason] of [
      [late, { timeoutMs: 50 }, "took more than 50 ms"],
      [large, { maxBytes: 50_000 }, "sent more than 50000 bytes"],
    ] as const) {
      const error: unknown = await get(server, options).catch((it: unknown) => it);
      expect(error).to.have.nested.property("failure.reason", reason);
    }
  });

  it("says that nobody answers at a URL", async () => {
    const server = await serve();
    await server.close();
    servers.length = 0;
    expect(await codeOfPromise(get(server))).to.equal("COLLATERAL_UNAVAILABLE");
  });

  it("refuses an answer without its issuer chain, or with two authorities", async () => {
    const without = await serve((path, response) => {
      if (path.includes("/tcb")) response.end(serviceAnswer("tcbInfo", collateral.tcbInfo));
      return path.includes("/tcb");
    });
    expect(await codeOfPromise(get(without))).to.equal("COLLATERAL_UNAVAILABLE");
    const other = await serve((path, response) => {
      if (!path.includes("/identity")) return false;
      const chain = collateral.pckAuthorities.map(pemOf).join("");
      response.setHeader("SGX-Enclave-Identity-Issuer-Chain", encodeURIComponent(chain));
      response.end(serviceAnswer("enclaveIdentity", collateral.qeIdentity));
      return true;
    });
    expect(await codeOfPromise(get(other))).to.equal("COLLATERAL_MALFORMED");
  });

  for (const [what, path, body] of [
    ["a list that is none", "/pckcrl", "no list"],
    ["a document without a signature", "/tcb", '{"tcbInfo":{}}'],
  ] as const) {
    it(`refuses ${what}`, async () => {
      const server = await serve((asked, response) => {
        if (!asked.includes(path)) return false;
        const chain = encodeURIComponent(collateral.signingChain.map(pemOf).join(""));
        response.setHeader("SGX-PCK-CRL-Issuer-Chain", chain);
        response.setHeader("TCB-Info-Issuer-Chain", chain);
        response.end(body);
        return true;
      });
      expect(await codeOfPromise(get(server))).to.equal("COLLATERAL_MALFORMED");
    });
  }
});

describe("collateralFolder", () => {
  let folder = "";
  const write = (name: string, content: string | Uint8Array): void => {
    writeFileSync(join(folder, name), content);
  };

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "vouch-collateral-"));
    write("rootcrl.der", collateral.rootRevocations);
    write("pckcrl", Buffer.from(collateral.pckRevocations).toString("hex"));
    write("sample_tcbInfo_response", serviceAnswer("tcbInfo", collateral.tcbInfo));
    write("sample_qeIdentity_response", serviceAnswer("enclaveIdentity", collateral.qeIdentity));
    write("pckcrl_issuer_chain", collateral.pckAuthorities.map(pemOf).join(""));
    write("tcbInfo_issuer_chain", encodeURIComponent(collateral.signingChain.map(pemOf).join("")));
  });

  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  it("takes what a service answered, to the byte", async () => {
    expect(await collateralFolder(folder)(model)).to.deep.equal(collateral);
  });

  it("takes lists in PEM too", async () => {
    const pem = Buffer.from(collateral.pckRevocations).toString("base64");
    write("pckcrl", `-----BEGIN X509 CRL-----\n${pem}\n-----END X509 CRL-----\n`);
    expect(await collateralFolder(folder)(model)).to.deep.equal(collateral);
  });

  it("is read without issuer chains, and says of a quote what was not tried", async () => {
    unlinkSync(join(folder, "tcbInfo_issuer_chain"));
    const taken = await collateralFolder(folder)(model);
    const { outcome, checks } = explainQuote(quote, { collateral: taken, time: TIME });
    expect(outcome.status).to.equal("read");
    expect(checks.find(({ name }) => name === "TCB info")?.outcome).to.equal("not tried");
  });

  it("names the file that is absent, and a folder that is none", async () => {
    unlinkSync(join(folder, "pckcrl"));
    for (const path of [folder, join(folder, "none")]) {
      const attempt = collateralFolder(path)(model);
      expect(await codeOfPromise(attempt)).to.equal("COLLATERAL_UNAVAILABLE");
    }
  });
});

/** A root that nobody trusts, and that says where its list is. */
function rootNaming(url: string): Uint8Array {
  const key = simulatedKey("another root");
  const commonName = "Some Root";
  const point = new DistributionPoint({
    distributionPoint: new DistributionPointName({
      fullName: [new GeneralName({ uniformResourceIdentifier: url })],
    }),
  });
  return makeCertificate({
    ...{ commonName, publicKey: key.publicKey, issuer: { commonName, key }, serial: 1n },
    notBefore: new Date("2024-01-01T00:00:00Z"),
    notAfter: new Date("2049-01-01T00:00:00Z"),
    isAuthority: true,
    extensions: [
      extension("2.5.29.31", AsnConvert.serialize(new CRLDistributionPoints([point])), false),
    ],
  });
}
