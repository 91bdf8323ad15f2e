import {
  MEASUREMENT_KINDS,
  measurementOf,
  readQuote,
  registerEnclave,
  type RegistrationBinding,
} from "@vouch/attestation";
import { simulatedPlatform } from "@vouch/attestation/simulated";
import { expect } from "chai";
import { EnclaveRegistry__factory } from "../../../offchain/protocol/typechain/factories/contracts/EnclaveRegistry__factory.ts";
import { connection } from "../../helpers/deployVouch.ts";
import {
  FMSPC,
  KIND,
  SVNS,
  TEE_TCB_SVN,
  deployEnclaves,
  type EnclaveScenario,
  type Registration,
} from "../../helpers/enclaveScenario.ts";

const { networkHelpers } = connection;
const deployed = () => networkHelpers.loadFixture(deployEnclaves);
const TD = { version: 4, teeTcbSvn: TEE_TCB_SVN } as const;

/** A binding in the words of the package. */
const bindingOf = ({ binding }: Registration): RegistrationBinding => ({
  ...binding,
  kind: MEASUREMENT_KINDS[Number(binding.kind)] ?? "domain",
});

const asOperator = ({ enclaves, vendor, simulatedVendor, operator }: EnclaveScenario) => ({
  vendor,
  simulatedVendor,
  enclaves: enclaves.connect(operator),
});

describe("registerEnclave", () => {
  for (const [what, overrides] of [
    ["a TDX quote of version 4", { td: TD }],
    ["one of version 5", { td: { ...TD, version: 5 as const } }],
    ["an SGX quote, by its image", { enclave: {} }],
    ["an SGX quote, by its signer", { enclave: {}, kind: KIND.signer }],
  ] as const) {
    it(`registers ${what}, and says what came of it`, async () => {
      const it = await deployed();
      const registration = await it.attest(overrides);
      const done = await registerEnclave(
        asOperator(it),
        registration.bytes,
        bindingOf(registration),
      );
      const enclave = await it.enclaves.enclaveOf(done.id);
      expect(enclave.validTo).to.equal(done.validTo);
      expect(done.status).to.equal("UpToDate");
      const { kind } = bindingOf(registration);
      expect(done.measurement).to.equal(measurementOf(readQuote(registration.bytes), kind, true));
      expect(done.id).to.equal(
        await it.enclaves.idOf(it.operator, registration.binding.key, done.measurement),
      );
      const receipt = await connection.ethers.provider.getTransactionReceipt(done.txHash);
      expect(receipt?.gasUsed).to.equal(done.gasUsed);
    });
  }

  it("knows its registry's event by an address in either case", async () => {
    const it = await deployed();
    const registration = await it.attest();
    const { enclaves, ...others } = asOperator(it);
    const lower = EnclaveRegistry__factory.connect(
      (await enclaves.getAddress()).toLowerCase(),
      it.operator,
    );
    const contracts = { ...others, enclaves: lower };
    const done = await registerEnclave(contracts, registration.bytes, bindingOf(registration));
    expect(done.status).to.equal("UpToDate");
  });

  it("sends the certificate of a platform that the chain does not know, and not again", async () => {
    const it = await deployed();
    const platform = simulatedPlatform("new", 90n, { components: SVNS, pceSvn: 11, fmspc: FMSPC });
    const lengths: number[] = [];
    for (let index = 0; index < 2; ++index) {
      const registration = await it.attest({ platform });
      const done = await registerEnclave(
        asOperator(it),
        registration.bytes,
        bindingOf(registration),
      );
      const sent = await connection.ethers.provider.getTransaction(done.txHash);
      lengths.push(sent?.data.length ?? 0);
    }
    const [cold = 0, warm = 0] = lengths;
    expect(cold - warm).to.be.greaterThan(2 * platform.certificate.length - 64);
  });

  describe("when the chain refuses it", () => {
    for (const [what, error, argument, change] of [
      ["of another key", "EnclaveBindingMismatch", "expected", { key: `0x${"11".repeat(20)}` }],
      [
        "of another operator",
        "EnclaveOperatorMismatch",
        "sender",
        { operator: `0x${"22".repeat(20)}` },
      ],
      ["of a block to come", "NonceBlockUnknown", "number", { nonceBlock: 999_999 }],
      ["as of real hardware", "AuthorityUnknown", "id", { simulated: false }],
      ["of another kind", "EnclaveBindingMismatch", "actual", { kind: "image" }],
    ] as const) {
      it(`names ${error} and its arguments, ${what}, and sends nothing`, async () => {
        const it = await deployed();
        const registration = await it.attest();
        const before = await connection.ethers.provider.getTransactionCount(it.operator);
        const refused: unknown = await registerEnclave(asOperator(it), registration.bytes, {
          ...bindingOf(registration),
          ...change,
        }).catch((thrown: unknown) => thrown);
        expect(refused).to.have.property("code", "CHAIN_REFUSED");
        expect(refused).to.have.nested.property("failure.error", error);
        expect(refused).to.have.nested.property(`failure.arguments.${argument}`);
        expect(await connection.ethers.provider.getTransactionCount(it.operator)).to.equal(before);
      });
    }
  });
});
