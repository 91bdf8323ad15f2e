import {
  type NitroAttestation,
  type NitroClaim,
  type NitroVenue,
  type RegistrarQuorum,
  type VouchedRegistration,
  attestNitro,
  attestationHash,
  inOrder,
  nitroMeasurement,
  readNitro,
  registersHash,
  registrarQuorumId,
  requireClaim,
  upholdNitro,
  vouchedRegistration,
} from "@vouch/attestation/nitro";
import { bindReportData } from "@vouch/attestation";
import {
  type SimulatedNitroOptions,
  simulateNitro,
  simulatedNitroRoot,
} from "@vouch/attestation/simulated";
import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";
import type { ContractTransactionResponse, HDNodeWallet } from "ethers";
import { Wallet, concat } from "ethers";
import { TEE } from "./enclaveScenario.ts";
import type { Connection } from "./deployVouch.ts";
import { connection } from "./deployVouch.ts";
import type { Claim, Evidence, Scenario } from "./vouchScenario.ts";
import { digestOf, scenarioOn } from "./vouchScenario.ts";

/** As `NitroStanding` on-chain. */
export const STANDING = { unknown: 0n, vouched: 1n, disputed: 2n, upheld: 3n, void: 4n } as const;
export const BOND = 10n ** 17n;
export const WINDOW = 6 * 3600;

/** A document, and what its operator says of it. */
export type Application = { readonly document: Uint8Array; readonly claim: NitroClaim };

export type NitroScenario = Scenario & {
  /** Three registrars by ascending address, of whom two have to sign. */
  readonly members: readonly HardhatEthersSigner[];
  readonly terms: RegistrarQuorum;
  readonly quorumId: string;
  readonly venue: NitroVenue;
  /** The key that the enclave holds. */
  readonly enclaveKey: HDNodeWallet;
  /** A document that binds `enclaveKey` to the operator by the newest block. */
  readonly apply: (
    overrides?: Partial<NitroClaim>,
    options?: Partial<SimulatedNitroOptions>,
  ) => Promise<Application>;
  /** Has registrars verify and sign it, the first two by default. */
  readonly vouched: (
    application: Application,
    by?: readonly HardhatEthersSigner[],
  ) => Promise<VouchedRegistration>;
  /** Registers it, as the operator by default. */
  readonly register: (
    registration: VouchedRegistration,
    as?: HardhatEthersSigner,
  ) => Promise<ContractTransactionResponse>;
  /** Applies, has it vouched and registers it. */
  readonly enrol: (application?: Application) => Promise<Enrolled>;
  /** Signatures that uphold the dispute that is open. */
  readonly upholding: (
    enrolled: Enrolled,
    by?: readonly HardhatEthersSigner[],
  ) => Promise<string[]>;
  readonly evidence: (
    claim: Claim,
    measurement: string,
    path?: readonly string[],
    key?: HDNodeWallet,
  ) => Evidence;
};

export type Enrolled = Application & {
  readonly id: string;
  readonly measurement: string;
  /** What its registrars signed, and the struct hash of that. */
  readonly attested: NitroAttestation;
  readonly attestation: string;
};

/** A deployment with a quorum of registrars, and nothing registered. */
export async function deployNitro(): Promise<NitroScenario> {
  return nitroOn(connection);
}

/** The same on a chain of its own. */
export async function nitroOn(chain: Connection): Promise<NitroScenario> {
  const scenario = await scenarioOn(chain);
  const { enclaves, registrars, operator, domain } = scenario;
  const { ethers, networkHelpers } = chain;
  const members = (await ethers.getSigners())
    .slice(12, 15)
    .sort((a, b) => (BigInt(a.address) < BigInt(b.address) ? -1 : 1));
  const terms: RegistrarQuorum = {
    members: members.map((it) => it.address),
    threshold: 2,
    disputeBond: BOND,
    disputeWindow: WINDOW,
  };
  await registrars.declare([...terms.members], terms.threshold, BOND, WINDOW);
  const quorumId = registrarQuorumId(terms);
  const { chainId } = await ethers.provider.getNetwork();
  const venue: NitroVenue = {
    chainId,
    registry: await enclaves.getAddress(),
    registrars: await registrars.getAddress(),
  };
  const enclaveKey = Wallet.fromPhrase(
    "test test test test test test test test test test test junk",
  );
  const deps = {
    blockHashOf: async (number: number) => (await ethers.provider.getBlock(number))?.hash ?? null,
    simulatedRoot: simulatedNitroRoot().certificate,
  };
  /** Of a member of whatever quorum is claimed. */
  const own = ({ quorum }: NitroClaim) => ({ ...deps, quorums: [quorum] });

  const apply: NitroScenario["apply"] = async (overrides = {}, options = {}) => {
    await networkHelpers.mine();
    const block = await ethers.provider.getBlock("latest");
    if (block?.hash == null) throw new Error("no block");
    const parties = { operator: operator.address, key: enclaveKey.address, ...overrides };
    const binding = bindReportData({
      ...{ chainId, registry: venue.registry, operator: parties.operator, key: parties.key },
      ...{ kind: "image", nonce: block.hash },
    });
    const document = simulateNitro({
      issuedAt: block.timestamp,
      userData: binding.slice(0, 32),
      ...options,
    });
    return {
      document,
      claim: {
        quorum: quorumId,
        nonceBlock: block.number,
        registers: registersHash(readNitro(document).pcrs),
        issuedAt: block.timestamp,
        validTo: block.timestamp + 3600,
        simulated: true,
        ...parties,
      },
    };
  };
  const vouched: NitroScenario["vouched"] = async (
    { document, claim },
    by = members.slice(0, 2),
  ) => {
    const when = { time: claim.issuedAt, maxAgeSeconds: 300 };
    const signatures = [];
    for (const signer of by) {
      signatures.push(await attestNitro(document, claim, venue, when, { ...own(claim), signer }));
    }
    return vouchedRegistration(document, claim, signatures);
  };
  const register: NitroScenario["register"] = ({ binding, claim, document, signatures }, as) =>
    enclaves.connect(as ?? operator).registerVouched(binding, claim, document, [...signatures]);
  const enrol: NitroScenario["enrol"] = async (application) => {
    const { document, claim } = application ?? (await apply());
    await register(await vouched({ document, claim }));
    const measurement = nitroMeasurement(claim.quorum, claim.registers, claim.simulated);
    const id = await enclaves.idOf(claim.operator, claim.key, measurement);
    const when = { time: claim.issuedAt, maxAgeSeconds: 0 };
    const attested = await requireClaim(document, claim, venue, when, deps);
    const attestation = attestationHash(attested);
    return { document, claim, id, measurement, attested, attestation };
  };
  const upholding: NitroScenario["upholding"] = async (enrolled, by = members.slice(0, 2)) => {
    const { id, document, claim } = enrolled;
    const { attestation, disputer, deadline } = await registrars.voucherOf(id);
    const dispute = { id, attestation, disputer, deadline: Number(deadline) };
    const signatures = [];
    for (const signer of by) {
      signatures.push(
        await upholdNitro(document, claim, dispute, venue, { ...own(claim), signer }),
      );
    }
    return inOrder(signatures);
  };

  return {
    ...scenario,
    ...{ members, terms, quorumId, venue, enclaveKey },
    ...{ apply, vouched, register, enrol, upholding },
    evidence: (claim, measurement, path = [], key = enclaveKey) => ({
      kind: TEE,
      data: concat([
        key.signingKey.sign(digestOf(domain, claim)).serialized,
        key.address,
        measurement,
        ...path,
      ]),
    }),
  };
}
