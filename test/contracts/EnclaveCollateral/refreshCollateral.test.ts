import { keyIdOf, refreshCollateral, type Refreshed } from "@vouch/attestation";
import {
  simulatedCollateral,
  type SimulatedCollateralOptions,
  simulatedPlatform,
  simulatedPlatformCa,
  simulatedTcbSigning,
} from "@vouch/attestation/simulated";
import { expect } from "chai";
import { codeOfPromise } from "../../helpers/codeOf.ts";
import { connection, deployVouch } from "../../helpers/deployVouch.ts";
import { FMSPC, QE_UP_TO_DATE, SVNS, UP_TO_DATE, dateOf } from "../../helpers/enclaveScenario.ts";

const DAY = 24n * 3600n;
const AUTHORITIES = [
  "revocations by Simulated SGX Root CA",
  "authority Intel SGX PCK Platform CA",
  "authority Intel SGX TCB Signing",
  "revocations by Intel SGX PCK Platform CA",
];
const DOCUMENTS = [`TCB info of ${FMSPC}, TDX`, "QE identity, TDX"];

/** As long as Intel's. */
const FIRST_SERIAL = 1n << 158n;
const REVOKED_ON = new Date("2024-01-01T00:00:00Z");

const { networkHelpers } = connection;

async function deploy() {
  const { simulatedVendor: vendor } = await deployVouch(connection);
  const now = BigInt(await networkHelpers.time.latest());
  const collateral = (
    overrides: Partial<SimulatedCollateralOptions> = {},
    later = 0n,
  ): ReturnType<typeof simulatedCollateral> =>
    simulatedCollateral({
      tee: "TDX",
      fmspc: FMSPC,
      period: { from: dateOf(now - DAY + later), to: dateOf(now + 29n * DAY + later) },
      evaluation: 17,
      levels: UP_TO_DATE,
      modules: [{ version: 1, levels: QE_UP_TO_DATE }],
      qeLevels: QE_UP_TO_DATE,
      ...overrides,
    });
  return { vendor, collateral };
}

const deployed = () => networkHelpers.loadFixture(deploy);
const brought = (sent: readonly Refreshed[]): readonly (readonly string[])[] =>
  sent.map(({ rows }) => rows.map(({ what }) => what));

describe("refreshCollateral", () => {
  describe("given a chain without any", () => {
    it("brings lists and authorities in one transaction, documents in another", async () => {
      const { vendor, collateral } = await deployed();
      const sent = await refreshCollateral(vendor, collateral());
      expect(brought(sent)).to.deep.equal([AUTHORITIES, DOCUMENTS]);
      expect(sent.flatMap(({ rows }) => rows).map((it) => it.onChain)).to.deep.equal(
        Array.from({ length: 6 }, () => "absent"),
      );
      for (const { txHash, gasUsed } of sent) {
        const receipt = await connection.ethers.provider.getTransactionReceipt(txHash);
        expect([receipt?.status, receipt?.gasUsed]).to.deep.equal([1, gasUsed]);
      }
      const row = await vendor.collateral.tcbInfoOf(1, `0x${FMSPC}`);
      expect([row.evaluation, row.signer]).to.deep.equal([
        17n,
        keyIdOf(simulatedTcbSigning().certificate),
      ]);
    });

    it("splits what does not fit, in the order in which rows rest on each other", async () => {
      const { vendor, collateral } = await deployed();
      const sent = await refreshCollateral(vendor, collateral(), { gasLimit: 700_000n });
      expect(brought(sent).flat()).to.deep.equal([...AUTHORITIES, ...DOCUMENTS]);
      expect(sent.length).to.be.greaterThan(2);
      for (const { gasUsed } of sent) expect(gasUsed).to.be.at.most(700_000n);
    });

    it("refuses a row that no transaction can hold", async () => {
      const { vendor, collateral } = await deployed();
      const attempt = refreshCollateral(vendor, collateral(), { gasLimit: 100_000n });
      expect(await codeOfPromise(attempt)).to.equal("TRANSACTION_TOO_LARGE");
    });

    // Half a minute, so in deep runs alone: the node replays what runs out of gas.
    if (process.env["VOUCH_DEEP"] !== undefined) {
      it("refuses a list that takes more than any transaction may", async () => {
        const { vendor, collateral } = await deployed();
        const attempt = refreshCollateral(vendor, collateral({ revoked: revocations(3500) }));
        expect(await codeOfPromise(attempt)).to.equal("TRANSACTION_TOO_LARGE");
      });
    }

    it("brings a list of two chunks, and what the chain says of its entries holds", async () => {
      const { vendor, collateral } = await deployed();
      await refreshCollateral(vendor, collateral({ revoked: revocations(1000) }));
      const issuer = keyIdOf(simulatedPlatformCa().certificate);
      expect((await vendor.authorities.revocationsOf(issuer)).parts.length).to.equal(2);
      expect(await vendor.authorities.revokedAt(issuer, FIRST_SERIAL + 999n)).to.equal(
        REVOKED_ON.getTime() / 1000,
      );
    });
  });

  describe("given a chain that has it", () => {
    it("sends nothing", async () => {
      const { vendor, collateral } = await deployed();
      await refreshCollateral(vendor, collateral());
      expect(await refreshCollateral(vendor, collateral())).to.deep.equal([]);
    });

    it("sends nothing that is older, though its number is higher", async () => {
      const { vendor, collateral } = await deployed();
      await refreshCollateral(vendor, collateral());
      const older = collateral({ evaluation: 18, crlNumber: 2 }, -60n);
      expect(await refreshCollateral(vendor, older)).to.deep.equal([]);
    });

    it("brings the documents of another kind of enclave alone", async () => {
      const { vendor, collateral } = await deployed();
      await refreshCollateral(vendor, collateral());
      const sent = await refreshCollateral(vendor, collateral({ tee: "SGX" }));
      expect(brought(sent)).to.deep.equal([[`TCB info of ${FMSPC}, SGX`, "QE identity, SGX"]]);
    });

    it("brings what is newer, and says that the chain's was older", async () => {
      const { vendor, collateral } = await deployed();
      await refreshCollateral(vendor, collateral());
      const sent = await refreshCollateral(vendor, collateral({}, 60n));
      expect(brought(sent)).to.deep.equal([[AUTHORITIES[0], AUTHORITIES[3]], DOCUMENTS]);
      expect(sent[0]?.rows[0]?.onChain).to.equal("older");
    });
  });

  describe("when something is wrong with it", () => {
    it("names the contract's error of collateral of the future", async () => {
      const { vendor, collateral } = await deployed();
      const attempt = refreshCollateral(vendor, collateral({}, 9n * DAY));
      const error: unknown = await attempt.catch((it: unknown) => it);
      expect(error).to.have.property("code", "CHAIN_REFUSED");
      expect(error).to.have.nested.property("failure.error", "RevocationsNotYetValid");
    });

    for (const [what, change] of [
      ["no root", { pckAuthorities: [simulatedPlatformCa().certificate], signingChain: [] }],
      ["no signing authority", { signingChain: [] }],
      ["no authority that signed the PCK list", { pckAuthorities: [] }],
      [
        "another that did not sign it",
        { pckAuthorities: [simulatedPlatform("x", 3n, tcb()).certificate] },
      ],
    ] as const) {
      it(`says that it is incomplete where it has ${what}`, async () => {
        const { vendor, collateral } = await deployed();
        const attempt = refreshCollateral(vendor, { ...collateral(), ...change });
        expect(await codeOfPromise(attempt)).to.equal("COLLATERAL_INCOMPLETE");
      });
    }
  });
});

function revocations(length: number): { serial: bigint; date: Date }[] {
  return Array.from({ length }, (_, index) => ({
    serial: FIRST_SERIAL + BigInt(index),
    date: REVOKED_ON,
  }));
}

function tcb() {
  return { components: SVNS, pceSvn: 11, fmspc: FMSPC };
}
