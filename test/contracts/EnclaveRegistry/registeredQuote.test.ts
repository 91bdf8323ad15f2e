import { MEASUREMENT_KINDS, publicKeyStruct, registerEnclave } from "@vouch/attestation";
import {
  type ClaimedEnclave,
  readRegisteredQuote,
  type RegisteredQuote,
  verifyRegisteredQuote,
} from "@vouch/attestation/registered";
import {
  type Certified,
  simulatedPlatform,
  simulatedPlatformCa,
} from "@vouch/attestation/simulated";
import { expect } from "chai";
import { Wallet, ZeroHash } from "ethers";
import { connection } from "../../helpers/deployVouch.ts";
import {
  type EnclaveScenario,
  FMSPC,
  KIND,
  SVNS,
  TEE_TCB_SVN,
  deployEnclaves,
} from "../../helpers/enclaveScenario.ts";

const { networkHelpers } = connection;
const deployed = () => networkHelpers.loadFixture(deployEnclaves);
const TD = { version: 4, teeTcbSvn: TEE_TCB_SVN } as const;
const OTHER = new Wallet(`0x${"17".repeat(32)}`).address;

/** Registers a key, and says what is claimed of it and what the chain's history shows. */
async function registered(
  overrides: Parameters<EnclaveScenario["attest"]>[0] = { td: TD },
  before: (it: EnclaveScenario) => Promise<void> = async () => {},
): Promise<{ readonly claimed: ClaimedEnclave; readonly found: RegisteredQuote }> {
  const scenario = await deployed();
  const { enclaves, vendor, simulatedVendor, operator, domain, attest } = scenario;
  await before(scenario);
  const { bytes, binding } = await attest(overrides);
  const kind = MEASUREMENT_KINDS[Number(binding.kind)] ?? "domain";
  const contracts = { enclaves: enclaves.connect(operator), vendor, simulatedVendor };
  const { id, measurement } = await registerEnclave(contracts, bytes, { ...binding, kind });
  const claimed = {
    chainId: domain.chainId,
    registry: await enclaves.getAddress(),
    operator: binding.operator,
    key: binding.key,
    measurement,
  };
  return { claimed, found: await readRegisteredQuote(contracts, id, 0) };
}

describe("verifyRegisteredQuote", () => {
  for (const [what, overrides] of [
    ["a TDX quote of version 4", { td: TD }],
    ["one of version 5", { td: { ...TD, version: 5 as const } }],
    ["an SGX quote, by its image", { enclave: {} }],
    ["an SGX quote, by its signer", { enclave: {}, kind: KIND.signer }],
  ] as const)
    it(`verifies ${what} from what the chain's history holds`, async () => {
      const { claimed, found } = await registered(overrides);
      verifyRegisteredQuote(found, claimed);
      expect(found.simulated).to.equal(true);
      expect(found.quote.chain.length).to.equal(2);
    });

  it("reads a platform's certificate that was brought in a multicall", async () => {
    const { verifier } = (await deployed()).simulatedVendor;
    const other = platformOf("second");
    const issuer = publicKeyStruct(simulatedPlatformCa().certificate);
    const call = verifier.interface.encodeFunctionData("addPlatform", [other.certificate, issuer]);
    const { claimed, found } = await registered({ platform: other }, async (it) => {
      await it.simulatedVendor.verifier.multicall([call]);
    });
    verifyRegisteredQuote(found, claimed);
    expect(found.quote.chain[0]).to.deep.equal(other.certificate);
  });

  it("reads one that the registration itself brought", async () => {
    const other = platformOf("third");
    const { claimed, found } = await registered({ platform: other });
    verifyRegisteredQuote(found, claimed);
    expect(found.quote.chain[0]).to.deep.equal(other.certificate);
  });

  for (const field of ["operator", "key", "measurement"] as const)
    it(`refuses another ${field} than the quote's`, async () => {
      const { claimed, found } = await registered();
      const other = field === "measurement" ? ZeroHash : OTHER;
      expect(() => {
        verifyRegisteredQuote(found, { ...claimed, [field]: other });
      })
        .to.throw(`another ${field}`)
        .with.property("code", "REGISTRATION_MISMATCH");
    });

  for (const [what, lie] of [
    ["chain", { chainId: 1n }],
    ["registry", { registry: OTHER }],
  ] as const)
    it(`refuses a quote that was bound to another ${what}`, async () => {
      const { claimed, found } = await registered();
      expect(() => {
        verifyRegisteredQuote(found, { ...claimed, ...lie });
      })
        .to.throw("another report data")
        .with.property("code", "REGISTRATION_MISMATCH");
    });

  for (const [what, check, lie] of [
    ["a block that is not the quote's", undefined, () => ({ nonce: ZeroHash })],
    ["an operator that an endpoint puts in", undefined, () => ({ operator: OTHER })],
    ["the other root", "certificate chain", () => ({ simulated: false })],
    ["a time before its certificates", "certificate chain", () => ({ time: 0 })],
    ["a body with one bit changed", "quote signature", changing("signed", 600)],
    ["a report with one bit changed", "QE report signature", changing("qeReport", 70)],
    ["other data beside the key", "attestation key", changing("qeAuthData", 0)],
    [
      "an authority's certificate with one bit of its signature changed",
      "certificate chain",
      inChain(1),
    ],
    [
      "a platform's certificate with one bit of its signature changed",
      "certificate chain",
      inChain(0),
    ],
  ] as const)
    it(`refuses ${what}`, async () => {
      const { claimed, found } = await registered();
      expect(() => {
        verifyRegisteredQuote({ ...found, ...lie(found) }, claimed);
      })
        .to.throw(check === undefined ? "another" : `by its ${check}`)
        .with.property("code", check === undefined ? "REGISTRATION_MISMATCH" : "QUOTE_REFUSED");
    });

  it("says what the history does not show", async () => {
    const it = await deployed();
    const error: unknown = await readRegisteredQuote(it, ZeroHash, 0).catch(
      (thrown: unknown) => thrown,
    );
    expect(error).to.include({ code: "REGISTRATION_UNREADABLE" });
  });
});

function platformOf(name: string): Certified {
  return simulatedPlatform(name, 78n, { components: SVNS, pceSvn: 11, fmspc: FMSPC });
}

type Lie = (found: RegisteredQuote) => Partial<RegisteredQuote>;

/** Changes a bit of one part of the quote. */
function changing(part: "signed" | "qeReport" | "qeAuthData", at: number): Lie {
  return ({ quote }) => ({ quote: { ...quote, [part]: changed(quote[part], at) } });
}

/** Changes a bit of one certificate's signature. */
function inChain(index: number): Lie {
  return ({ quote }) => ({
    quote: {
      ...quote,
      chain: quote.chain.map((der, at) => (at === index ? changed(der, der.length - 1) : der)),
    },
  });
}

function changed(bytes: Uint8Array, at: number): Uint8Array {
  return bytes.map((byte, index) => (index === at ? byte ^ 1 : byte));
}
