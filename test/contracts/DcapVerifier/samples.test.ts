import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import {
  crossCheckQuote,
  publicKeyStruct,
  quoteStruct,
  readCollateral,
  readQuote,
  readServiceAnswer,
  refreshCollateral,
  verifyQuote,
} from "@vouch/attestation";
import { expect } from "chai";
import { network } from "hardhat";
import type { Connection, Deployment } from "../../helpers/deployVouch.ts";
import { deployVouch } from "../../helpers/deployVouch.ts";
import { STATUS } from "../../helpers/enclaveScenario.ts";

/** Real quotes of others, read where they lie. */
const SAMPLES = process.env["VOUCH_ATTESTATION"];

type Chain = Deployment & { readonly connection: Connection };

/** The chain's clock stands at `date`. */
async function chainAt(date: string): Promise<Chain> {
  const connection = await network.create({ override: { initialDate: date } });
  return { connection, ...(await deployVouch(connection)) };
}

const read = (...path: string[]): Buffer => readFileSync(join(SAMPLES ?? "", ...path));
const seconds = (date: string): number => Date.parse(date) / 1000;

describe("DcapVerifier.assess, of real quotes", function () {
  if (SAMPLES === undefined || !existsSync(SAMPLES)) {
    process.stderr.write("\n!!! VOUCH_ATTESTATION names no folder: no real quote is TRIED.\n\n");
    it("real quotes: NOT TRIED, for VOUCH_ATTESTATION names no folder");
    return;
  }

  for (const [tee, status, advisories] of [
    ["tdx", STATUS.upToDate, "0x"],
    ["sgx", STATUS.configurationAndSwHardeningNeeded, "0x01210267"],
  ] as const) {
    it(`accepts that of Phala's ${tee} machine, as another verifier does`, async () => {
      const date = "2025-06-20T00:00:00Z";
      const chain = await chainAt(date);
      const bytes = read("phala-dcap-qvl", `${tee}_quote`);
      const documents = readCollateral(
        read("phala-dcap-qvl", `${tee}_quote_collateral.json`).toString(),
      );
      const quote = readQuote(bytes);
      const [pck, issuer] = quote.chain;
      if (pck === undefined || issuer === undefined) throw new Error("no chain");
      const sent = await refreshCollateral(chain.vendor, documents);
      expect(sent.map(({ rows }) => rows.length)).to.deep.equal([4, 2]);
      await chain.vendor.verifier.addPlatform(pck, publicKeyStruct(issuer));
      const [verdict] = await chain.vendor.verifier.assess(quoteStruct(quote));
      expect(verdict.status).to.equal(status);
      expect(verdict.advisories).to.equal(advisories);

      const other = crossCheckQuote(bytes, documents, seconds(date));
      expect(verifyQuote(bytes, documents, seconds(date))).to.deep.equal(other);
      expect(STATUS[lowerFirst(other.status) as keyof typeof STATUS]).to.equal(status);
      expect(other.advisories.map((it) => it.slice("INTEL-SA-".length))).to.deep.equal(
        numbersOf(verdict.advisories),
      );
      await chain.connection.close();
    });
  }

  it("refuses one in debug mode by name, though all signatures hold", async () => {
    const chain = await chainAt("2025-05-20T00:00:00Z");
    const folder = "automata-dcap-attestation";
    const quote = readQuote(read(folder, "quote_sgx.bin"));
    await expect(chain.vendor.verifier.assess(quoteStruct(quote))).to.be.revertedWithCustomError(
      chain.vendor.verifier,
      "EnclaveInDebugMode",
    );
    await chain.connection.close();
  });

  it("refuses a TD without SEPT_VE_DISABLE by name", async () => {
    const chain = await chainAt("2023-06-20T00:00:00Z");
    const quote = readQuote(read("google-go-tdx-guest", "tdx_prod_quote_SPR_E4.dat"));
    await expect(chain.vendor.verifier.assess(quoteStruct(quote)))
      .to.be.revertedWithCustomError(chain.vendor.verifier, "EnclaveAttributesRefused")
      .withArgs(`0x0000004000000000${"00".repeat(8)}`);
    await chain.connection.close();
  });

  it("verifies a quote of version 5 up to its platform, whose TCB info nobody has", async () => {
    const date = "2025-07-20T00:00:00Z";
    const chain = await chainAt(date);
    const folder = "automata-dcap-attestation";
    const quote = readQuote(read(folder, "tdx_quote_5.dat"));
    expect(quote.version).to.equal(5);
    const [pck, issuer, root] = quote.chain;
    if (pck === undefined || issuer === undefined || root === undefined)
      throw new Error("no chain");
    const { authorities, collateral, verifier } = chain.vendor;
    const signing = read(folder, "signing.der");
    await authorities.refreshRevocations(
      read(folder, "intel_root_ca_crl.der"),
      publicKeyStruct(root),
    );
    await authorities.addAuthority(issuer);
    await authorities.addAuthority(signing);
    await authorities.refreshRevocations(
      read(folder, "pck_platform_crl.der"),
      publicKeyStruct(issuer),
    );
    const identity = readServiceAnswer(
      read(folder, "qe_identity.json").toString(),
      "enclaveIdentity",
    );
    await collateral.refreshQeIdentity(Buffer.from(identity.text), {
      r: `0x${Buffer.from(identity.signature.subarray(0, 32)).toString("hex")}`,
      s: `0x${Buffer.from(identity.signature.subarray(32)).toString("hex")}`,
      key: publicKeyStruct(signing),
    });
    await verifier.addPlatform(pck, publicKeyStruct(issuer));
    await expect(verifier.assess(quoteStruct(quote)))
      .to.be.revertedWithCustomError(verifier, "TcbInfoMissing")
      .withArgs("0x90c06f000000");
    await chain.connection.close();
  });
});

function numbersOf(advisories: string): string[] {
  return (advisories.slice(2).match(/.{4}/g) ?? [])
    .map((it) => String(Number.parseInt(it, 16)).padStart(5, "0"))
    .sort();
}

function lowerFirst(status: string): string {
  const [first = "", ...rest] = status;
  return `${first.toLowerCase()}${rest.join("").replace("SW", "Sw")}`;
}
