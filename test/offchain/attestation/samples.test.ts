import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import {
  type CheckResult,
  crossCheckQuote,
  explainQuote,
  type PlatformCollateral,
  readCollateral,
  readQeIdentity,
  readQuote,
  readRevocations,
  readServiceAnswer,
  readTcbInfo,
  revocationUrlOf,
  verifyQuote,
} from "@vouch/attestation";
import { expect } from "chai";
import { codeOf } from "../../helpers/codeOf.ts";
import { MUTATIONS, forgeries } from "../../helpers/mutateQuote.ts";

/** Real quotes of others, read where they lie. */
const SAMPLES = process.env["VOUCH_ATTESTATION"];

const read = (...path: string[]): Buffer => readFileSync(join(SAMPLES ?? "", ...path));
const seconds = (date: string): number => Date.parse(date) / 1000;
const namesOf = (checks: readonly CheckResult[], outcome: CheckResult["outcome"]): string[] =>
  checks.filter((it) => it.outcome === outcome).map(({ name }) => name);
const ALONE = [
  "header",
  "certificate chain",
  "QE report signature",
  "attestation key",
  "quote signature",
];
const WITH_COLLATERAL = [
  "signing authority",
  "revocation lists",
  "revocation",
  "TCB info",
  "QE identity",
  "TCB level",
];
/** Within what the index of the samples gives as their window. */
const PHALA = { folder: "phala-dcap-qvl", time: seconds("2025-06-20T00:00:00Z") };

const phala = (tee: string): { quote: Uint8Array; collateral: PlatformCollateral } => ({
  quote: new Uint8Array(read(PHALA.folder, `${tee}_quote`)),
  collateral: readCollateral(read(PHALA.folder, `${tee}_quote_collateral.json`).toString()),
});

describe("real quotes, off-chain", function () {
  if (SAMPLES === undefined || !existsSync(SAMPLES)) {
    process.stderr.write("\n!!! VOUCH_ATTESTATION names no folder: no real quote is TRIED.\n\n");
    it("real quotes: NOT TRIED, for VOUCH_ATTESTATION names no folder");
    return;
  }

  for (const { tee, version, trailing, status, advisories, authority } of [
    {
      tee: "tdx",
      version: 4,
      trailing: 70,
      status: "UpToDate",
      advisories: [],
      authority: "Platform",
    },
    {
      tee: "sgx",
      version: 3,
      trailing: 0,
      status: "ConfigurationAndSWHardeningNeeded",
      advisories: ["INTEL-SA-00289", "INTEL-SA-00615"],
      authority: "Processor",
    },
  ] as const) {
    describe(`phala-dcap-qvl/${tee}_quote`, () => {
      it(`is accepted, ${status}, and another verifier agrees`, () => {
        const { quote, collateral } = phala(tee);
        const verdict = verifyQuote(quote, collateral, PHALA.time);
        expect(verdict).to.deep.equal({ status, advisories });
        expect(crossCheckQuote(quote, collateral, PHALA.time)).to.deep.equal(verdict);
      });

      it("passes every check, and is explained as its index describes it", () => {
        const { quote, collateral } = phala(tee);
        const explained = explainQuote(quote, { collateral, time: PHALA.time });
        expect(namesOf(explained.checks, "passed")).to.have.members([
          ...ALONE,
          "attributes",
          ...WITH_COLLATERAL,
        ]);
        expect([explained.header.version, explained.trailing]).to.deep.equal([version, trailing]);
        expect(explained.certificates[0]?.issuer).to.include(`PCK ${authority} CA`);
        expect([explained.simulated, explained.outcome]).to.deep.equal([
          false,
          { status: "verified", tcb: status, advisories },
        ]);
      });

      for (const [what, date] of [
        ["before its collateral begins", "2025-06-19T09:00:00Z"],
        ["after it ends", "2025-07-20T00:00:00Z"],
      ] as const) {
        it(`is refused ${what}`, () => {
          const { quote, collateral } = phala(tee);
          const attempt = () => verifyQuote(quote, collateral, seconds(date));
          expect(codeOf(attempt)).to.equal("QUOTE_REFUSED");
        });
      }

      it("is refused by the collateral of the other machine", () => {
        const { quote } = phala(tee);
        const { collateral } = phala(tee === "tdx" ? "sgx" : "tdx");
        const explained = explainQuote(quote, { collateral, time: PHALA.time });
        expect(namesOf(explained.checks, "failed")).to.have.members([
          "revocation lists",
          "TCB info",
          "QE identity",
          "TCB level",
        ]);
      });

      it(`gives no forgery in ${MUTATIONS} changes of one bit`, function () {
        this.timeout(300_000);
        const { quote, collateral } = phala(tee);
        expect(forgeries(quote, (it) => verifyQuote(it, collateral, PHALA.time))).to.deep.equal([]);
      });
    });
  }

  describe("automata-dcap-attestation/quote_sgx.bin", () => {
    const time = seconds("2025-05-20T00:00:00Z");

    it("is refused for DEBUG, though all signatures hold", () => {
      const { checks, outcome } = explainQuote(read("automata-dcap-attestation", "quote_sgx.bin"), {
        time,
      });
      expect(namesOf(checks, "failed")).to.deep.equal(["attributes"]);
      expect(namesOf(checks, "passed")).to.deep.equal(ALONE);
      expect(outcome).to.include({ status: "refused", check: "attributes" });
    });

    it("has TCB info of its platform's model beside it", () => {
      const answer = read("automata-dcap-attestation", "tcb_info_v3_sgx.json").toString();
      const info = readTcbInfo(readServiceAnswer(answer, "tcbInfo").text);
      const { platform } = explainQuote(read("automata-dcap-attestation", "quote_sgx.bin"), {
        time,
      });
      expect([info.fmspc, info.tee]).to.deep.equal([platform?.fmspc, "SGX"]);
      expect(info.levels.length).to.be.greaterThan(1);
    });
  });

  describe("automata-dcap-attestation/root.der", () => {
    it("says where Intel keeps the root's list", () => {
      expect(revocationUrlOf(read("automata-dcap-attestation", "root.der"))).to.equal(
        "https://certificates.trustedservices.intel.com/IntelSGXRootCA.der",
      );
    });
  });

  describe("automata-dcap-attestation/tdx_quote_5.dat", () => {
    it("is read, and passes whatever needs no collateral", () => {
      const explained = explainQuote(read("automata-dcap-attestation", "tdx_quote_5.dat"), {
        time: seconds("2025-07-20T00:00:00Z"),
      });
      expect([explained.header.version, explained.body.type]).to.deep.equal([5, "TD 1.5"]);
      expect(namesOf(explained.checks, "passed")).to.have.members([...ALONE, "attributes"]);
      expect(namesOf(explained.checks, "not tried")).to.deep.equal(WITH_COLLATERAL);
      expect(explained.outcome.status).to.equal("read");
      expect(explained.platform?.fmspc).to.equal("90c06f000000");
    });
  });

  describe("google-go-tdx-guest/tdx_prod_quote_SPR_E4.dat", () => {
    const folder = "google-go-tdx-guest";

    it("is refused for attributes without SEPT_VE_DISABLE, though all signatures hold", () => {
      const { checks, platform } = explainQuote(read(folder, "tdx_prod_quote_SPR_E4.dat"), {
        time: seconds("2023-06-20T00:00:00Z"),
      });
      expect(namesOf(checks, "failed")).to.deep.equal(["attributes"]);
      expect(namesOf(checks, "passed")).to.deep.equal(ALONE);
      expect(platform?.fmspc).to.equal("50806f000000");
    });

    it("has collateral beside it, without a signing authority, whose levels its platform does not reach", () => {
      const quote = read(folder, "tdx_prod_quote_SPR_E4.dat");
      const tcbInfo = readServiceAnswer(
        read(folder, "sample_tcbInfo_response").toString(),
        "tcbInfo",
      );
      const qeIdentity = readServiceAnswer(
        read(folder, "sample_qeIdentity_response").toString(),
        "enclaveIdentity",
      );
      const collateral = {
        rootRevocations: read(folder, "rootcrl.der"),
        pckRevocations: read(folder, "pckcrl"),
        signingChain: [],
        tcbInfo,
        qeIdentity,
      };
      const { checks } = explainQuote(quote, {
        time: seconds("2023-06-20T00:00:00Z"),
        collateral,
      });
      expect(namesOf(checks, "not tried")).to.deep.equal([
        "signing authority",
        "revocation",
        "TCB info",
        "QE identity",
      ]);
      expect(namesOf(checks, "passed")).to.include("revocation lists");
      expect(namesOf(checks, "failed")).to.deep.equal(["attributes", "TCB level"]);
      expect(readTcbInfo(tcbInfo.text).fmspc).to.equal("50806f000000");
      expect(readQeIdentity(qeIdentity.text).tee).to.equal("TDX");
      expect(readRevocations(collateral.pckRevocations).revoked.size).to.equal(44);
      expect(readQuote(quote).version).to.equal(4);
    });
  });
});
