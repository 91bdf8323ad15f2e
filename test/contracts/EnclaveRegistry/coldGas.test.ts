import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  type Collateral,
  bindReportData,
  documentSignature,
  publicKeyStruct,
  quoteStruct,
  readCollateral,
  readQuote,
} from "@vouch/attestation";
import {
  type Period,
  simulateQuote,
  simulatedPlatform,
  simulatedPlatformCa,
  simulatedQeIdentity,
  simulatedRevocations,
  simulatedRoot,
  simulatedTcbInfo,
  simulatedTcbSigning,
} from "@vouch/attestation/simulated";
import { expect } from "chai";
import { id as hashOf } from "ethers";
import { network } from "hardhat";
import type { Connection, EnclaveVendor } from "../../helpers/deployVouch.ts";
import { deployVouch } from "../../helpers/deployVouch.ts";
import { FMSPC, KIND, SVNS, TDX_SVNS, TEE_TCB_SVN, dateOf } from "../../helpers/enclaveScenario.ts";

const SNAPSHOT = join(import.meta.dirname, "../../snapshots/enclaveColdGas.json");
const SAMPLES = process.env["VOUCH_ATTESTATION"];
/** Times and keys are signed: what is zero in them differs. */
const TOLERANCE = 0.002;
const TARGET = 3_000_000;
const TRANSACTION_LIMIT = 1 << 24;
const DAY = 24n * 3600n;

/** As long as Intel's list of one platform authority was in June 2025, and its TCB info of a TDX platform. */
const REVOKED = 43;
const ADVISORIES = Array.from(
  { length: 14 },
  (_, index) => `INTEL-SA-${String(960 + index).padStart(5, "0")}`,
);

/** From nothing to the vendor's lists, authorities and documents: two transactions. Returns the gas of each. */
async function bringAll(
  { authorities, collateral }: EnclaveVendor,
  [issuer, root]: readonly [issuer: Uint8Array, root: Uint8Array],
  documents: Collateral,
): Promise<readonly [number, number]> {
  const [signing] = documents.signingChain;
  if (signing === undefined) throw new Error("no authority signs the documents");
  const { tcbInfo, qeIdentity } = documents;
  const trust = await authorities.multicall([
    authorities.interface.encodeFunctionData("refreshRevocations", [
      documents.rootRevocations,
      publicKeyStruct(root),
    ]),
    authorities.interface.encodeFunctionData("addAuthority", [issuer]),
    authorities.interface.encodeFunctionData("addAuthority", [signing]),
    authorities.interface.encodeFunctionData("refreshRevocations", [
      documents.pckRevocations,
      publicKeyStruct(issuer),
    ]),
  ]);
  const texts = await collateral.multicall([
    collateral.interface.encodeFunctionData("refreshTcbInfo", [
      Buffer.from(tcbInfo.text),
      documentSignature(tcbInfo, signing),
    ]),
    collateral.interface.encodeFunctionData("refreshQeIdentity", [
      Buffer.from(qeIdentity.text),
      documentSignature(qeIdentity, signing),
    ]),
  ]);
  return [Number((await trust.wait())?.gasUsed), Number((await texts.wait())?.gasUsed)];
}

function simulatedCollateral(period: Period): Collateral {
  return {
    rootRevocations: simulatedRevocations("root", period),
    pckRevocations: simulatedRevocations(
      "platformCa",
      period,
      1,
      Array.from({ length: REVOKED }, (_, index) => ({
        serial: BigInt(hashOf(`revoked ${index}`)) >> 97n,
        date: period.from,
      })),
    ),
    signingChain: [simulatedTcbSigning().certificate, simulatedRoot().certificate],
    tcbInfo: simulatedTcbInfo({
      tee: "TDX",
      fmspc: FMSPC,
      evaluation: 17,
      period,
      levels: [
        { sgx: SVNS, pceSvn: 11, tdx: TDX_SVNS, status: "UpToDate" },
        { sgx: SVNS, pceSvn: 5, tdx: TDX_SVNS, status: "OutOfDate", advisories: ADVISORIES },
      ],
      modules: [
        { version: 3, levels: [{ isvSvn: 3, status: "UpToDate" }] },
        {
          version: 1,
          levels: [
            { isvSvn: 4, status: "UpToDate" },
            { isvSvn: 2, status: "OutOfDate" },
          ],
        },
      ],
    }),
    qeIdentity: simulatedQeIdentity("TDX", 17, period, [{ isvSvn: 4, status: "UpToDate" }]),
  };
}

/** The third transaction: a platform and a key that nobody knew. */
async function registerFirst(
  connection: Connection,
  enclaves: Awaited<ReturnType<typeof deployVouch>>["enclaves"],
): Promise<number> {
  const { ethers } = connection;
  const [operator] = await ethers.getSigners();
  const block = await ethers.provider.getBlock("latest");
  if (operator === undefined || block?.hash == null) throw new Error("an empty chain");
  const key = `0x${hashOf("enclave").slice(-40)}`;
  const platform = simulatedPlatform("first", 77n, { components: SVNS, pceSvn: 11, fmspc: FMSPC });
  const { chainId } = await ethers.provider.getNetwork();
  const reportData = bindReportData({
    chainId,
    registry: await enclaves.getAddress(),
    operator: operator.address,
    key,
    kind: "domain",
    nonce: block.hash,
  });
  const quote = simulateQuote({
    platform,
    reportData,
    qeSvn: 4,
    td: { version: 4, teeTcbSvn: TEE_TCB_SVN },
  });
  const sent = await enclaves.connect(operator).register(
    quoteStruct(readQuote(quote)),
    {
      operator: operator.address,
      key,
      nonceBlock: block.number,
      kind: KIND.domain,
      simulated: true,
    },
    platform.certificate,
    publicKeyStruct(simulatedPlatformCa().certificate),
  );
  return Number((await sent.wait())?.gasUsed);
}

function requireWithin(transactions: readonly number[]): void {
  expect(transactions.every((gas) => gas < TRANSACTION_LIMIT)).to.equal(true);
  expect(transactions.reduce((sum, gas) => sum + gas)).to.be.at.most(TARGET);
}

describe("EnclaveRegistry, gas from nothing", function () {
  it("is three transactions, of test/snapshots/enclaveColdGas.json; UPDATE_SNAPSHOTS=1 writes it", async () => {
    const connection = await network.create();
    const { simulatedVendor, enclaves } = await deployVouch(connection);
    const now = BigInt(await connection.networkHelpers.time.latest());
    const period = { from: dateOf(now - DAY), to: dateOf(now + 29n * DAY) };
    const chain = [simulatedPlatformCa().certificate, simulatedRoot().certificate] as const;
    const [trust, texts] = await bringAll(simulatedVendor, chain, simulatedCollateral(period));
    const measured = {
      "revocation lists and authorities": trust,
      "TCB info and QE identity": texts,
      "register, with the platform's certificate": await registerFirst(connection, enclaves),
    };
    requireWithin(Object.values(measured));
    if (process.env["UPDATE_SNAPSHOTS"] === "1") {
      writeFileSync(SNAPSHOT, `${JSON.stringify(measured, null, 2)}\n`);
    }
    const snapshot = JSON.parse(readFileSync(SNAPSHOT, "utf8")) as Record<string, number>;
    expect(Object.keys(measured)).to.deep.equal(Object.keys(snapshot));
    for (const [what, gas] of Object.entries(measured)) {
      expect(gas, what).to.be.closeTo(snapshot[what] ?? 0, Math.ceil(TOLERANCE * gas));
    }
    await connection.close();
  });

  if (SAMPLES === undefined || !existsSync(SAMPLES)) {
    process.stderr.write("\n!!! VOUCH_ATTESTATION names no folder: no real quote is TRIED.\n\n");
    it("real collateral: NOT TRIED, for VOUCH_ATTESTATION names no folder");
    return;
  }

  for (const tee of ["tdx", "sgx"] as const) {
    it(`keeps within ${TARGET} gas by the real collateral of an ${tee} platform`, async () => {
      const override = { initialDate: "2025-06-20T00:00:00Z" };
      const connection = await network.create({ override });
      const { vendor } = await deployVouch(connection);
      const read = (name: string): Buffer => readFileSync(join(SAMPLES, "phala-dcap-qvl", name));
      const [pck, issuer, root] = readQuote(read(`${tee}_quote`)).chain;
      if (pck === undefined || issuer === undefined || root === undefined)
        throw new Error("no chain");
      const documents = readCollateral(read(`${tee}_quote_collateral.json`).toString());
      const [trust, texts] = await bringAll(vendor, [issuer, root], documents);
      // Its quote is bound to no registry of ours: the third transaction is that of the snapshot.
      const snapshot = JSON.parse(readFileSync(SNAPSHOT, "utf8")) as Record<string, number>;
      const third = snapshot["register, with the platform's certificate"] ?? Infinity;
      requireWithin([trust, texts, third]);
      await connection.close();
    });
  }
});
