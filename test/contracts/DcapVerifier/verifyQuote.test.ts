import {
  AttestationError,
  documentSignature,
  publicKeyStruct,
  quoteStruct,
  readQuote,
  verifyQuote,
} from "@vouch/attestation";
import {
  simulateQuote,
  simulatedCollateral,
  simulatedPlatform,
  simulatedPlatformCa,
  simulatedRoot,
} from "@vouch/attestation/simulated";
import { TCB_STATUSES } from "@vouch/protocol";
import { expect } from "chai";
import fc from "fast-check";
import { connection } from "../../helpers/deployVouch.ts";
import type { EnclaveScenario } from "../../helpers/enclaveScenario.ts";
import { FMSPC, SVNS, deployEnclaves } from "../../helpers/enclaveScenario.ts";

const { networkHelpers } = connection;
const deployed = () => networkHelpers.loadFixture(deployEnclaves);
const isDeep = process.env["VOUCH_DEEP"] === "1";
const RUNS = isDeep ? 2000 : 50;
const ROOT = simulatedRoot().certificate;

/**
 * What either side says of a quote: how it stands and the numbers of its advisories, or by which check it is
 * refused.
 */
type Outcome = { readonly status: string; readonly advisories: readonly number[] } | string;

/** Refusals of contracts, by the check that refuses the same off-chain. */
const CHECKS: Readonly<Record<string, string>> = {
  TcbLevelMissing: "TCB level",
  TdxModuleUnknown: "TCB level",
  TcbRevoked: "TCB level",
  EnclaveInDebugMode: "attributes",
  EnclaveAttributesRefused: "attributes",
  QeMismatch: "QE identity",
};

async function onChain(verifier: EnclaveScenario["verifier"], bytes: Uint8Array): Promise<Outcome> {
  try {
    const [{ status, advisories }] = await verifier.assess(quoteStruct(readQuote(bytes)));
    const numbers = (advisories.slice(2).match(/.{4}/g) ?? []).map((it) => Number.parseInt(it, 16));
    return { status: TCB_STATUSES[Number(status)] ?? "", advisories: distinct(numbers) };
  } catch (error) {
    const name = /reverted with custom error '(\w+)/.exec(String(error))?.[1];
    if (name === undefined || CHECKS[name] === undefined) throw error;
    return CHECKS[name];
  }
}

function offChain(...[bytes, collateral, time]: Parameters<typeof verifyQuote>): Outcome {
  try {
    const { status, advisories } = verifyQuote(bytes, collateral, time, ROOT);
    return { status, advisories: distinct(advisories.map(numberOf)) };
  } catch (error) {
    if (error instanceof AttestationError && error.failure.code === "QUOTE_REFUSED") {
      return error.failure.check;
    }
    throw error;
  }
}

/** As contracts keep it: what has another form, or a larger number, is any other. */
function numberOf(advisory: string): number {
  const number = /^INTEL-SA-(\d{5})$/.exec(advisory)?.[1];
  return Math.min(Number(number ?? 0xffff), 0xffff);
}

const distinct = (numbers: readonly number[]): readonly number[] =>
  [...new Set(numbers)].sort((a, b) => a - b);

const svns = (of: fc.Arbitrary<number>, length: number): fc.Arbitrary<number[]> =>
  fc.array(of, { minLength: length, maxLength: length });
const standing = {
  status: fc.constantFrom(...TCB_STATUSES.slice(1), ...TCB_STATUSES),
  advisories: fc.array(
    fc.constantFrom("INTEL-SA-00001", "INTEL-SA-00615", "INTEL-SA-99999", "INTEL-TA-00007", "CVE"),
    { maxLength: 3 },
  ),
};
const isvLevels = fc.array(fc.record({ isvSvn: fc.integer({ min: 2, max: 5 }), ...standing }), {
  maxLength: 3,
});
/** What a level asks for beyond what the platform has: seldom anything. */
const beyond = fc.constantFrom(...Array<number>(60).fill(0), 1);
const levels = fc.array(
  fc.record({
    sgx: svns(beyond, 16),
    tdx: svns(beyond, 16),
    pceSvn: fc.constantFrom(10, 11, 11, 11, 12),
    ...standing,
  }),
  { minLength: 1, maxLength: 4 },
);
const document = fc.record({
  levels,
  modules: fc.uniqueArray(fc.record({ version: fc.constantFrom(1, 1, 3), levels: isvLevels }), {
    selector: (it) => it.version,
    maxLength: 2,
  }),
  qeLevels: isvLevels,
});
const quote = fc.record({
  kind: fc.constantFrom("TDX 4", "TDX 4", "TDX 5", "SGX"),
  moduleSvn: fc.integer({ min: 2, max: 5 }),
  moduleVersion: fc.constantFrom(0, 1, 1, 1, 3),
  rest: svns(fc.integer({ min: 0, max: 255 }), 14),
  qeSvn: fc.integer({ min: 2, max: 5 }),
});

describe("verifyQuote, beside DcapVerifier.assess", () => {
  it(`says the same of ${RUNS} random documents and quotes: status, advisories, or refusal`, async () => {
    const it = await deployed();
    const seen = new Set<string>();
    let second = 1;
    await fc.assert(
      fc.asyncProperty(document, quote, async (docs, { kind, qeSvn, ...versions }) => {
        second += 1;
        const from = new Date(it.period.from.getTime() + 1000 * second);
        const { teeTcbSvn, made } = makeQuote(it, kind, qeSvn, versions);
        const collateral = simulatedCollateral({
          ...docs,
          tee: kind === "SGX" ? "SGX" : "TDX",
          fmspc: FMSPC,
          evaluation: 17,
          period: { from, to: it.period.to },
          levels: docs.levels.map((level) => ({
            ...level,
            sgx: SVNS.map((svn, i) => svn + (level.sgx[i] ?? 0)),
            tdx: teeTcbSvn.map((svn, i) => Math.min(255, svn + (level.tdx[i] ?? 0))),
          })),
        });
        await bring(it, collateral);
        const time = await networkHelpers.time.latest();
        const outcome = await onChain(it.verifier, made);
        seen.add(typeof outcome === "string" ? outcome : outcome.status);
        expect(offChain(made, collateral, time)).to.deep.equal(outcome);
      }),
      { numRuns: RUNS, seed: 7 },
    );
    expect([...seen]).to.include.members(["TCB level", ...TCB_STATUSES.slice(1)]);
  });

  it("takes and refuses the same attributes, of TDs and of enclaves", async () => {
    const it = await deployed();
    const time = await networkHelpers.time.latest();
    const flips = fc.array(fc.nat({ max: 63 }), { maxLength: 2 });
    const seen = new Set<unknown>();
    await fc.assert(
      fc.asyncProperty(fc.boolean(), flips, async (isTd, bits) => {
        const flags = isTd ? 0x1000_0000n : 0x05n;
        const flipped = bits.reduce((sum, bit) => sum ^ (1n << BigInt(bit)), flags);
        const word = Buffer.alloc(8);
        word.writeBigUInt64LE(flipped);
        const attributes = word.toString("hex");
        const made = simulateQuote({
          platform: it.platform,
          reportData: new Uint8Array(64),
          qeSvn: 4,
          ...(isTd
            ? { td: { version: 4, teeTcbSvn: [4, 1, ...SVNS.slice(2)], attributes } }
            : { enclave: { attributes: `${attributes}e700000000000000` } }),
        });
        const outcome = await onChain(it.verifier, made);
        seen.add(typeof outcome);
        expect(offChain(made, standard(it, isTd ? "TDX" : "SGX"), time)).to.deep.equal(outcome);
      }),
      { numRuns: isDeep ? 2000 : 40, seed: 8 },
    );
    expect(seen).to.have.keys(["string", "object"]);
  });

  it("refuses a platform that is revoked, as the chain does, and another model's documents", async () => {
    const it = await deployed();
    const time = await networkHelpers.time.latest();
    const made = makeQuote(it, "TDX 4", 4, { moduleSvn: 4, moduleVersion: 1, rest: [] }).made;
    const revoked = [{ serial: 77n, date: it.period.from }];
    expect(offChain(made, { ...standard(it, "TDX"), ...listsOf(it, revoked) }, time)).to.equal(
      "revocation",
    );
    const other = simulatedPlatform("other", 91n, {
      components: SVNS,
      pceSvn: 11,
      fmspc: "00906ed50000",
    });
    await it.verifier.addPlatform(
      other.certificate,
      publicKeyStruct(simulatedPlatformCa().certificate),
    );
    const foreign = makeQuote({ platform: other }, "TDX 4", 4, {
      moduleSvn: 4,
      moduleVersion: 1,
      rest: [],
    }).made;
    await expect(it.verifier.assess(quoteStruct(readQuote(foreign)))).to.be.revertedWithCustomError(
      it.verifier,
      "TcbInfoMissing",
    );
    expect(offChain(foreign, standard(it, "TDX"), time)).to.equal("TCB info");
  });
});

type Versions = {
  readonly moduleSvn: number;
  readonly moduleVersion: number;
  readonly rest: readonly number[];
};

function makeQuote(
  { platform }: Pick<EnclaveScenario, "platform">,
  kind: string,
  qeSvn: number,
  { moduleSvn, moduleVersion, rest }: Versions,
): { teeTcbSvn: number[]; made: Uint8Array } {
  const teeTcbSvn = [
    moduleSvn,
    moduleVersion,
    ...Array.from({ length: 14 }, (_, i) => rest[i] ?? 5),
  ];
  const version = kind === "TDX 5" ? 5 : 4;
  const made = simulateQuote({
    platform,
    reportData: new Uint8Array(64).fill(7),
    qeSvn,
    ...(kind === "SGX" ? { enclave: {} } : { td: { version, teeTcbSvn } }),
  });
  return { teeTcbSvn, made };
}

function standard({ period }: EnclaveScenario, tee: "SGX" | "TDX") {
  const level = [{ isvSvn: 4, status: "UpToDate" }];
  return simulatedCollateral({
    tee,
    fmspc: FMSPC,
    evaluation: 17,
    period,
    levels: [{ sgx: SVNS, pceSvn: 11, tdx: Array<number>(16).fill(0), status: "UpToDate" }],
    modules: [{ version: 1, levels: level }],
    qeLevels: level,
  });
}

function listsOf(
  it: EnclaveScenario,
  revoked: readonly { readonly serial: bigint; readonly date: Date }[],
) {
  const { period } = it;
  const { pckRevocations } = simulatedCollateral({
    tee: "TDX",
    fmspc: FMSPC,
    evaluation: 17,
    period,
    levels: [],
    qeLevels: [],
    revoked,
  });
  return { pckRevocations };
}

async function bring(
  { collateral: rows }: EnclaveScenario,
  { tcbInfo, qeIdentity, signingChain }: ReturnType<typeof simulatedCollateral>,
): Promise<void> {
  const [signer] = signingChain;
  if (signer === undefined) throw new Error("no signer");
  await rows.refreshTcbInfo(Buffer.from(tcbInfo.text), documentSignature(tcbInfo, signer));
  await rows.refreshQeIdentity(Buffer.from(qeIdentity.text), documentSignature(qeIdentity, signer));
}
