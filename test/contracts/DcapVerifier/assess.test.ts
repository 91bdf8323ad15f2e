import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Quote, QuoteStruct } from "@vouch/attestation";
import {
  AttestationError,
  quoteStruct,
  readCollateral,
  readQuote,
  publicKeyStruct,
  crossCheckQuote,
} from "@vouch/attestation";
import type { PlatformLevel } from "@vouch/attestation/simulated";
import {
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
import fc from "fast-check";
import { network } from "hardhat";
import { connection, deployVouch } from "../../helpers/deployVouch.ts";
import { IS_DEEP } from "../../helpers/deepOnly.ts";
import type { EnclaveScenario } from "../../helpers/enclaveScenario.ts";
import {
  FMSPC,
  STATUS,
  SVNS,
  TDX_SVNS,
  TEE_TCB_SVN,
  bringCollateral,
  deployEnclaves,
} from "../../helpers/enclaveScenario.ts";

const { networkHelpers } = connection;
const deployed = () => networkHelpers.loadFixture(deployEnclaves);
const SAMPLES = process.env["VOUCH_ATTESTATION"];
/** Of each sample. */
const MUTATIONS = process.env["VOUCH_DEEP"] === undefined ? 150 : 2000;
const NAMES: Readonly<Record<string, bigint>> = {
  Revoked: STATUS.revoked,
  OutOfDateConfigurationNeeded: STATUS.outOfDateConfigurationNeeded,
  OutOfDate: STATUS.outOfDate,
  ConfigurationAndSWHardeningNeeded: STATUS.configurationAndSwHardeningNeeded,
  ConfigurationNeeded: STATUS.configurationNeeded,
  SWHardeningNeeded: STATUS.swHardeningNeeded,
  UpToDate: STATUS.upToDate,
};
const quoteOf = (platform: EnclaveScenario["platform"], td = {}, qeSvn = 4): Buffer =>
  Buffer.from(
    simulateQuote({
      platform,
      reportData: new Uint8Array(64).fill(7),
      qeSvn,
      td: { version: 4, teeTcbSvn: TEE_TCB_SVN, ...td },
    }),
  );
const later = ({ period }: EnclaveScenario): EnclaveScenario["period"] => ({
  from: new Date(period.from.getTime() + 60_000),
  to: period.to,
});
const level = (status: string, change: Partial<PlatformLevel> = {}): PlatformLevel => ({
  sgx: SVNS,
  pceSvn: 11,
  tdx: TDX_SVNS,
  status,
  ...change,
});

describe("DcapVerifier.assess", () => {
  describe("of versions", () => {
    const above = (svns: readonly number[], index: number): number[] =>
      svns.map((it, i) => (i === index ? it + 1 : it));

    for (const [what, levels, expected] of [
      [
        "gives the first level that is reached",
        [level("SWHardeningNeeded"), level("UpToDate")],
        "SWHardeningNeeded",
      ],
      ...[0, 7, 15].map(
        (i) =>
          [
            `passes over a level whose SGX component ${i} is higher by one`,
            [level("UpToDate", { sgx: above(SVNS, i) }), level("OutOfDate")],
            "OutOfDate",
          ] as const,
      ),
      [
        "passes over a level whose PCE is higher by one",
        [level("UpToDate", { pceSvn: 12 }), level("ConfigurationNeeded")],
        "ConfigurationNeeded",
      ],
      ...[2, 15].map(
        (i) =>
          [
            `passes over a level whose TDX component ${i} is higher by one`,
            [level("UpToDate", { tdx: above(TDX_SVNS, i) }), level("OutOfDate")],
            "OutOfDate",
          ] as const,
      ),
      [
        "leaves the first two TDX components to the module's identity",
        [level("UpToDate", { tdx: [255, 255, ...TDX_SVNS.slice(2)] })],
        "UpToDate",
      ],
    ] as const) {
      it(what, async () => {
        const it = await deployed();
        await it.bringTcbInfo({ period: later(it), levels });
        const [verdict] = await it.verifier.assess(quoteStruct(readQuote(quoteOf(it.platform))));
        expect(verdict.status).to.equal(NAMES[expected]);
      });
    }

    it("compares components above 127 as what they are", async () => {
      const it = await deployed();
      const components = [128, 255, 127, ...SVNS.slice(3)];
      const platform = simulatedPlatform("high", 90n, { components, pceSvn: 300, fmspc: FMSPC });
      await it.verifier.addPlatform(
        platform.certificate,
        publicKeyStruct(simulatedPlatformCa().certificate),
      );
      await it.bringTcbInfo({
        period: later(it),
        levels: [
          level("UpToDate", { sgx: [129, 255, 127, ...SVNS.slice(3)], pceSvn: 300 }),
          level("SWHardeningNeeded", { sgx: [128, 255, 128, ...SVNS.slice(3)], pceSvn: 300 }),
          level("ConfigurationNeeded", { sgx: components, pceSvn: 301 }),
          level("OutOfDate", { sgx: [127, 255, 127, ...SVNS.slice(3)], pceSvn: 255 }),
        ],
      });
      const [verdict] = await it.verifier.assess(quoteStruct(readQuote(quoteOf(platform))));
      expect(verdict.status).to.equal(STATUS.outOfDate);
    });

    it("reverts with TcbLevelMissing where no level is reached", async () => {
      const it = await deployed();
      await it.bringTcbInfo({ period: later(it), levels: [level("UpToDate", { pceSvn: 12 })] });
      await expect(
        it.verifier.assess(quoteStruct(readQuote(quoteOf(it.platform)))),
      ).to.be.revertedWithCustomError(it.verifier, "TcbLevelMissing");
    });

    for (const [platform, part, joined] of [
      ["UpToDate", "UpToDate", "UpToDate"],
      ["UpToDate", "OutOfDate", "OutOfDate"],
      ["SWHardeningNeeded", "OutOfDate", "OutOfDate"],
      ["ConfigurationNeeded", "OutOfDate", "OutOfDateConfigurationNeeded"],
      ["ConfigurationAndSWHardeningNeeded", "OutOfDate", "OutOfDateConfigurationNeeded"],
      ["OutOfDate", "OutOfDate", "OutOfDate"],
      ["OutOfDateConfigurationNeeded", "UpToDate", "OutOfDateConfigurationNeeded"],
    ] as const) {
      it(`makes ${joined} of ${platform} with a module, or a quoting enclave, that is ${part}`, async () => {
        const it = await deployed();
        const modules = [{ version: 1, levels: [{ isvSvn: 4, status: part }] }];
        await it.bringTcbInfo({ period: later(it), levels: [level(platform)], modules });
        const quote = quoteStruct(readQuote(quoteOf(it.platform)));
        expect((await it.verifier.assess(quote))[0].status).to.equal(NAMES[joined]);

        const latest = { ...later(it), from: new Date(later(it).from.getTime() + 60_000) };
        await it.bringTcbInfo({ period: latest, levels: [level(platform)] });
        await it.bringQeIdentity([{ isvSvn: 4, status: part }], { period: latest });
        expect((await it.verifier.assess(quote))[0].status).to.equal(NAMES[joined]);
      });
    }

    it("is revoked with its module, or with its quoting enclave", async () => {
      const it = await deployed();
      const quote = quoteStruct(readQuote(quoteOf(it.platform)));
      const old = quoteStruct(readQuote(quoteOf(it.platform, {}, 3)));
      await expect(it.verifier.assess(old)).to.be.revertedWithCustomError(
        it.verifier,
        "TcbRevoked",
      );
      await it.bringTcbInfo({
        period: later(it),
        modules: [{ version: 1, levels: [{ isvSvn: 4, status: "Revoked" }] }],
      });
      await expect(it.verifier.assess(quote)).to.be.revertedWithCustomError(
        it.verifier,
        "TcbRevoked",
      );
    });

    it("reverts with TdxModuleUnknown for a module that has no identity", async () => {
      const it = await deployed();
      const td = { teeTcbSvn: [4, 9, ...TEE_TCB_SVN.slice(2)] };
      await expect(it.verifier.assess(quoteStruct(readQuote(quoteOf(it.platform, td)))))
        .to.be.revertedWithCustomError(it.verifier, "TdxModuleUnknown")
        .withArgs(9);
    });

    it("agrees with another verifier on random versions", async () => {
      const it = await deployed();
      const statuses = Object.keys(NAMES).filter((name) => name !== "Revoked");
      const status = fc.constantFrom(...statuses);
      /** Components that a platform has, mostly, and that a level asks for, seldom. */
      const had = fc.constantFrom(1, 2, 2, 2);
      const asked = fc.constantFrom(...Array<number>(12).fill(0), 1, 2);
      const oneBelow = fc.constantFrom(...Array<number>(40).fill(0), -1);
      const length = { minLength: 14, maxLength: 14 };
      const levels = fc.array(
        fc.record({
          below: fc.array(oneBelow, { minLength: 16, maxLength: 16 }),
          tdx: fc.array(asked, length),
          pceSvn: fc.constantFrom(9, 10, 11, 11, 12),
          status,
        }),
        { minLength: 1, maxLength: 4 },
      );
      const current = [{ isvSvn: 4, status: "UpToDate" }];
      const old = [
        { isvSvn: 5, status: "UpToDate" },
        { isvSvn: 2, status: "OutOfDate" },
      ];
      const identity = fc.constantFrom(current, current, current, old, old.slice(0, 1));
      const modules = [{ version: 1, levels: [{ isvSvn: 4, status: "UpToDate" }] }];
      const seen = new Set<bigint | undefined>();
      let minute = 1;
      await fc.assert(
        fc.asyncProperty(levels, identity, fc.array(had, length), async (random, qe, tdxSvns) => {
          minute += 1;
          const period = {
            from: new Date(it.period.from.getTime() + 60_000 * minute),
            to: it.period.to,
          };
          // One above what the platform has where `below` says so.
          const given = random.map(({ below, tdx, ...one }) => ({
            ...one,
            sgx: SVNS.map((svn, i) => svn - (below[i] ?? 0)),
            tdx: [4, 1, ...tdx],
          }));
          const documents = {
            rootRevocations: simulatedRevocations("root", it.period),
            pckRevocations: simulatedRevocations("platformCa", it.period),
            signingChain: [simulatedTcbSigning().certificate, simulatedRoot().certificate],
            tcbInfo: simulatedTcbInfo({
              tee: "TDX",
              fmspc: FMSPC,
              evaluation: 17,
              period,
              levels: given,
              modules,
            }),
            qeIdentity: simulatedQeIdentity("TDX", 17, period, qe),
          };
          const bytes = quoteOf(it.platform, { teeTcbSvn: [4, 1, ...tdxSvns] });
          await it.bringTcbInfo({ period, levels: given, modules });
          await it.bringQeIdentity(qe, { period });
          const time = await networkHelpers.time.latest();
          const ours = await it.verifier.assess(quoteStruct(readQuote(bytes))).then(
            ([verdict]) => verdict.status,
            () => STATUS.revoked,
          );
          seen.add(ours);
          const root = simulatedRoot().certificate;
          const theirs = statusBy(() => crossCheckQuote(bytes, documents, time, root).status);
          expect(worst(ours)).to.equal(worst(theirs));
        }),
        { numRuns: IS_DEEP ? 100 : 30, seed: 5 },
      );
      expect([...seen]).to.have.members(Object.values(STATUS));
    });
  });

  describe("of attributes", () => {
    for (const [error, what, attributes] of [
      ["EnclaveInDebugMode", "DEBUG", "0100001000000000"],
      ["EnclaveAttributesRefused", "a reserved bit", "0200001000000000"],
      ["EnclaveAttributesRefused", "MIGRATABLE", "0000003000000000"],
      ["EnclaveAttributesRefused", "PERFMON", "0000001000000080"],
      ["EnclaveAttributesRefused", "no SEPT_VE_DISABLE", "0000000000000000"],
    ] as const) {
      it(`reverts with ${error} for a TD with ${what}`, async () => {
        const { verifier, platform } = await deployed();
        await expect(
          verifier.assess(quoteStruct(readQuote(quoteOf(platform, { attributes })))),
        ).to.be.revertedWithCustomError(verifier, error);
      });
    }

    for (const [error, what, attributes] of [
      ["EnclaveInDebugMode", "DEBUG", "0700000000000000e700000000000000"],
      ["EnclaveAttributesRefused", "a reserved bit", "0d00000000000000e700000000000000"],
      ["EnclaveAttributesRefused", "no INIT", "0400000000000000e700000000000000"],
    ] as const) {
      it(`reverts with ${error} for an enclave with ${what}`, async () => {
        const { verifier, platform } = await deployed();
        const quote = simulateQuote({
          platform,
          reportData: new Uint8Array(64),
          qeSvn: 4,
          enclave: { attributes },
        });
        await expect(verifier.assess(quoteStruct(readQuote(quote)))).to.be.revertedWithCustomError(
          verifier,
          error,
        );
      });
    }
  });

  describe("of a header", () => {
    for (const [what, index, value] of [
      ["another version", 0, 2],
      ["a version to come", 0, 6],
      ["another kind of key", 2, 3],
      ["another kind of enclave", 4, 0x82],
      ["another vendor", 12, 0],
    ] as const) {
      it(`reverts with QuoteUnsupported for ${what}`, async () => {
        const { verifier, platform } = await deployed();
        const quote = quoteStruct(readQuote(quoteOf(platform)));
        const signed = Buffer.from(quote.signed.slice(2), "hex");
        signed[index] = value;
        await expect(
          verifier.assess({ ...quote, signed: `0x${signed.toString("hex")}` }),
        ).to.be.revertedWithCustomError(verifier, "QuoteUnsupported");
      });
    }

    it("reverts with QuoteUnsupported for a body of another length", async () => {
      const { verifier, platform } = await deployed();
      const quote = quoteStruct(readQuote(quoteOf(platform)));
      for (const signed of [
        `${quote.signed}00`,
        quote.signed.slice(0, -2),
        "0x",
        quote.signed.slice(0, 98),
      ]) {
        await expect(verifier.assess({ ...quote, signed })).to.be.revertedWithCustomError(
          verifier,
          "QuoteUnsupported",
        );
      }
    });
  });

  it("reverts with PlatformRevoked, and with TcbInfoMissing for another model", async () => {
    const it = await deployed();
    const other = simulatedPlatform("other", 91n, {
      components: SVNS,
      pceSvn: 11,
      fmspc: "30606a000000",
    });
    const ca = publicKeyStruct(simulatedPlatformCa().certificate);
    await it.verifier.addPlatform(other.certificate, ca);
    await expect(it.verifier.assess(quoteStruct(readQuote(quoteOf(other)))))
      .to.be.revertedWithCustomError(it.verifier, "TcbInfoMissing")
      .withArgs("0x30606a000000");
    const date = it.period.from;
    await it.authorities.refreshRevocations(
      simulatedRevocations("platformCa", later(it), 2, [{ serial: 77n, date }]),
      ca,
    );
    await expect(it.verifier.assess(quoteStruct(readQuote(quoteOf(it.platform)))))
      .to.be.revertedWithCustomError(it.verifier, "PlatformRevoked")
      .withArgs(it.platformId, date.getTime() / 1000);
  });

  it("takes no certificate that is revoked, or that begins no later than the one that is kept", async () => {
    const it = await deployed();
    const ca = publicKeyStruct(simulatedPlatformCa().certificate);
    await expect(it.verifier.addPlatform(it.platform.certificate, ca))
      .to.be.revertedWithCustomError(it.verifier, "PlatformStale")
      .withArgs(it.platformId, Date.UTC(2024, 0, 1) / 1000);
    const date = it.period.from;
    await it.authorities.refreshRevocations(
      simulatedRevocations("platformCa", later(it), 2, [{ serial: 92n, date }]),
      ca,
    );
    const revoked = simulatedPlatform("revoked", 92n, {
      components: SVNS,
      pceSvn: 11,
      fmspc: FMSPC,
    });
    await expect(it.verifier.addPlatform(revoked.certificate, ca)).to.be.revertedWithCustomError(
      it.verifier,
      "PlatformRevoked",
    );
  });

  it("has a vendor for each root: no row of one is seen by the other", async () => {
    const it = await deployed();
    const { verifier, authorities } = it.vendor;
    const ca = simulatedPlatformCa().certificate;
    await expect(authorities.addAuthority(ca)).to.be.revertedWithCustomError(
      authorities,
      "SignatureInvalid",
    );
    await expect(
      verifier.addPlatform(it.platform.certificate, publicKeyStruct(ca)),
    ).to.be.revertedWithCustomError(authorities, "AuthorityUnknown");
    await expect(verifier.assess(quoteStruct(readQuote(quoteOf(it.platform)))))
      .to.be.revertedWithCustomError(verifier, "PlatformUnknown")
      .withArgs(it.platformId);
  });

  it("reverts with PlatformCollateralExpired once any of what it rests on is over", async () => {
    const it = await deployed();
    const end = it.period.to.getTime() / 1000;
    await networkHelpers.time.increaseTo(end + 1);
    await expect(
      it.verifier.assess(quoteStruct(readQuote(quoteOf(it.platform)))),
    ).to.be.revertedWithCustomError(it.authorities, "RevocationsExpired");
  });

  describe("of a quote that is not the one that was signed", function () {
    it(`refuses ${MUTATIONS} changes of one bit, each by a name`, async () => {
      const it = await deployed();
      await refuseMutations(it.verifier, readQuote(quoteOf(it.platform)));
    });

    if (SAMPLES !== undefined && existsSync(SAMPLES)) {
      for (const tee of ["tdx", "sgx"]) {
        it(`refuses ${MUTATIONS} changes of one bit of a real ${tee} quote`, async () => {
          const chain = await network.create({ override: { initialDate: "2025-06-20T00:00:00Z" } });
          const vouch = await deployVouch(chain);
          const folder = join(SAMPLES, "phala-dcap-qvl");
          const quote = readQuote(readFileSync(join(folder, `${tee}_quote`)));
          const documents = readCollateral(
            readFileSync(join(folder, `${tee}_quote_collateral.json`), "utf8"),
          );
          await bringCollateral(vouch.vendor, quote.chain, documents);
          const [pck, issuer] = quote.chain;
          if (pck === undefined || issuer === undefined) throw new Error("no chain");
          await vouch.vendor.verifier.addPlatform(pck, publicKeyStruct(issuer));
          await refuseMutations(vouch.vendor.verifier, quote);
          await chain.close();
        });
      }
    }
  });
});

/** Changes bits anywhere in what contracts are given. */
async function refuseMutations(verifier: EnclaveScenario["verifier"], quote: Quote): Promise<void> {
  const whole = quoteStruct(quote);
  await verifier.assess(whole);
  const fields: ((it: string) => QuoteStruct)[] = [
    (signed) => ({ ...whole, signed }),
    (qeReport) => ({ ...whole, qeReport }),
    (qeAuthData) => ({ ...whole, qeAuthData }),
    (r) => ({ ...whole, attestation: { ...whole.attestation, r } }),
    (s) => ({ ...whole, attestation: { ...whole.attestation, s } }),
    (x) => ({
      ...whole,
      attestation: { ...whole.attestation, key: { ...whole.attestation.key, x } },
    }),
    (r) => ({ ...whole, certification: { ...whole.certification, r } }),
    (y) => ({
      ...whole,
      certification: { ...whole.certification, key: { ...whole.certification.key, y } },
    }),
  ];
  const values = [
    whole.signed,
    whole.qeReport,
    whole.qeAuthData,
    whole.attestation.r,
    whole.attestation.s,
    whole.attestation.key.x,
    whole.certification.r,
    whole.certification.key.y,
  ];
  const change = fc.nat({ max: fields.length - 1 }).chain((field) => {
    const bits = ((values[field] ?? "").length - 2) * 4;
    return fc.tuple(fc.constant(field), fc.nat({ max: bits - 1 }));
  });
  for (const [field, bit] of fc.sample(change, { numRuns: MUTATIONS, seed: 11 })) {
    const bytes = Buffer.from((values[field] ?? "").slice(2), "hex");
    bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    const mutated = fields[field]?.(`0x${bytes.toString("hex")}`);
    if (mutated === undefined) throw new Error("no such field");
    const error = await verifier.assess(mutated).then(
      () => "accepted",
      (it: unknown) => /reverted with custom error '(\w+)/.exec(String(it))?.[1] ?? String(it),
    );
    expect(error, `bit ${bit} of field ${field}`).to.match(/^[A-Z]\w+$/);
  }
}

/**
 * The other verifier takes the worse of two statuses, where Intel's library joins a configuration that is needed with a
 * part that is out of date; and it leaves the identities of TDX modules aside.
 */
function worst(status: bigint | undefined): bigint | undefined {
  return status === STATUS.outOfDateConfigurationNeeded ? STATUS.outOfDate : status;
}

/** What another verifier says; one that it refuses is revoked. */
function statusBy(verdict: () => string): bigint | undefined {
  try {
    return NAMES[verdict()];
  } catch (error) {
    if (error instanceof AttestationError) return STATUS.revoked;
    throw error;
  }
}
