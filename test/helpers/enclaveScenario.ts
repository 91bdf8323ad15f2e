import {
  MEASUREMENT_KINDS,
  bindReportData,
  type Collateral,
  documentSignature,
  keyIdOf,
  publicKeyStruct,
  type QuoteStruct,
  quoteStruct,
  readQuote,
} from "@vouch/attestation";
import {
  type Certified,
  type IsvLevel,
  type Period,
  type PlatformLevel,
  type SimulatedQuoteOptions,
  simulateQuote,
  simulatedPlatform,
  simulatedPlatformCa,
  simulatedQeIdentity,
  simulatedRevocations,
  simulatedRoot,
  simulatedTcbInfo,
  simulatedTcbSigning,
} from "@vouch/attestation/simulated";
import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";
import type { ContractTransactionReceipt, ContractTransactionResponse, HDNodeWallet } from "ethers";
import { Wallet, ZeroHash, concat } from "ethers";
import type { EnclaveRegistry } from "../../offchain/protocol/typechain/index.ts";
import type { Connection, EnclaveVendor } from "./deployVouch.ts";
import { connection } from "./deployVouch.ts";
import type { Claim, Evidence, Policy, Scenario } from "./vouchScenario.ts";
import { GOOD, SIGNATURE, digestOf, scenarioOn, sign } from "./vouchScenario.ts";

export const TEE = 3n;
export const STATUS = {
  revoked: 0n,
  outOfDateConfigurationNeeded: 1n,
  outOfDate: 2n,
  configurationAndSwHardeningNeeded: 3n,
  configurationNeeded: 4n,
  swHardeningNeeded: 5n,
  upToDate: 6n,
} as const;
export const KIND = { domain: 0n, image: 1n, signer: 2n } as const;
export const FMSPC = "00b06f000000";
export const SVNS: readonly number[] = [5, 5, 2, 2, 3, 1, 0, 5, 0, 0, 0, 0, 0, 0, 0, 0];
export const TDX_SVNS: readonly number[] = [5, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
/** Of a TD under module 1.5 (version 1), whose own versions are judged by the module's identity. */
export const TEE_TCB_SVN: readonly number[] = [4, 1, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
const DAY = 24n * 3600n;
/** In the place of an authority's, where no certificate is brought. */
export const NO_KEY = { x: ZeroHash, y: ZeroHash };

export type TcbOptions = {
  readonly tee?: "SGX" | "TDX";
  readonly evaluation?: number;
  readonly period?: Period;
  readonly levels?: readonly PlatformLevel[];
  readonly modules?: readonly { readonly version: number; readonly levels: readonly IsvLevel[] }[];
  readonly fmspc?: string;
};

export type Binding = {
  readonly operator: string;
  readonly key: string;
  readonly nonceBlock: number;
  readonly kind: bigint;
  readonly simulated: boolean;
};

export type Registration = {
  readonly quote: QuoteStruct;
  readonly binding: Binding;
};

export type EnclaveScenario = Scenario &
  EnclaveVendor & {
    /** From when to when the vendor's documents hold. */
    readonly period: Period;
    readonly platform: Certified;
    readonly platformId: string;
    /** The key that the enclave holds. */
    readonly enclaveKey: HDNodeWallet;
    /** Brings TCB info of the platform's model. */
    readonly bringTcbInfo: (options?: TcbOptions) => Promise<unknown>;
    readonly bringQeIdentity: (
      levels: readonly IsvLevel[],
      options?: { tee?: "SGX" | "TDX"; evaluation?: number; period?: Period },
    ) => Promise<unknown>;
    /** A quote that binds `enclaveKey` to `operator` by the newest block, and its bytes as the enclave gave them. */
    readonly attest: (
      overrides?: Partial<SimulatedQuoteOptions> & {
        key?: string;
        operator?: string;
        kind?: bigint;
      },
    ) => Promise<Registration & { readonly bytes: Uint8Array }>;
    /** Registers it, as the operator by default. */
    readonly register: (
      registration: Registration,
      as?: HardhatEthersSigner,
    ) => Promise<ContractTransactionResponse>;
    /** Registers it and returns the id and the measurement. */
    readonly enrol: (
      registration: Registration,
    ) => Promise<{ readonly id: string; readonly measurement: string }>;
    readonly evidence: (
      claim: Claim,
      measurement: string,
      path?: readonly string[],
      key?: HDNodeWallet,
    ) => Evidence;
  };

export const UP_TO_DATE: readonly PlatformLevel[] = [
  { sgx: SVNS, pceSvn: 11, tdx: TDX_SVNS, status: "UpToDate" },
];
export const QE_UP_TO_DATE: readonly IsvLevel[] = [{ isvSvn: 4, status: "UpToDate" }];

/** A deployment with the simulated vendor's authorities, lists and documents for TDX and SGX, and one platform. */
export async function deployEnclaves(): Promise<EnclaveScenario> {
  return enclavesOn(connection);
}

/** The same on a chain of its own. */
export async function enclavesOn(chain: Connection): Promise<EnclaveScenario> {
  const scenario = await scenarioOn(chain);
  const { enclaves, operator, domain } = scenario;
  const { authorities, collateral, verifier } = scenario.simulatedVendor;
  const { ethers, networkHelpers } = chain;
  const now = BigInt(await networkHelpers.time.latest());
  const period = {
    from: dateOf(now - DAY),
    to: dateOf(now + 29n * DAY),
  };
  const ca = simulatedPlatformCa();
  const signing = simulatedTcbSigning();
  await authorities.refreshRevocations(
    simulatedRevocations("root", period),
    publicKeyStruct(simulatedRoot().certificate),
  );
  await authorities.addAuthority(ca.certificate);
  await authorities.addAuthority(signing.certificate);
  await authorities.refreshRevocations(
    simulatedRevocations("platformCa", period),
    publicKeyStruct(ca.certificate),
  );

  const bringTcbInfo: EnclaveScenario["bringTcbInfo"] = (options = {}) => {
    const document = simulatedTcbInfo({
      tee: "TDX",
      fmspc: FMSPC,
      evaluation: 17,
      period,
      levels: UP_TO_DATE,
      modules: [{ version: 1, levels: [{ isvSvn: 4, status: "UpToDate" }] }],
      ...options,
    });
    return collateral.refreshTcbInfo(
      Buffer.from(document.text),
      documentSignature(document, signing.certificate),
    );
  };
  const bringQeIdentity: EnclaveScenario["bringQeIdentity"] = (levels, options = {}) => {
    const { tee = "TDX", evaluation = 17, period: when = period } = options;
    const document = simulatedQeIdentity(tee, evaluation, when, levels);
    return collateral.refreshQeIdentity(
      Buffer.from(document.text),
      documentSignature(document, signing.certificate),
    );
  };
  for (const tee of ["TDX", "SGX"] as const) {
    await bringTcbInfo({ tee });
    await bringQeIdentity(QE_UP_TO_DATE, { tee });
  }
  const platform = simulatedPlatform("first", 77n, {
    components: SVNS,
    pceSvn: 11,
    fmspc: FMSPC,
  });
  await verifier.addPlatform(platform.certificate, publicKeyStruct(ca.certificate));
  const enclaveKey = Wallet.fromPhrase(
    "test test test test test test test test test test test junk",
  );
  const registry = await enclaves.getAddress();

  const attest: EnclaveScenario["attest"] = async (overrides = {}) => {
    const { key = enclaveKey.address, operator: owner = operator.address, ...rest } = overrides;
    await networkHelpers.mine();
    const block = await ethers.provider.getBlock("latest");
    if (block?.hash == null) throw new Error("no block");
    const { chainId } = await ethers.provider.getNetwork();
    const { kind = rest.enclave === undefined ? KIND.domain : KIND.image, ...options } = rest;
    const reportData = bindReportData({
      chainId,
      registry,
      operator: owner,
      key,
      kind: MEASUREMENT_KINDS[Number(kind)] ?? "domain",
      nonce: block.hash,
    });
    const bytes = simulateQuote({
      platform,
      reportData,
      qeSvn: 4,
      ...(rest.enclave === undefined ? { td: { version: 4, teeTcbSvn: TEE_TCB_SVN } } : {}),
      ...options,
    });
    return {
      bytes,
      quote: quoteStruct(readQuote(bytes)),
      binding: { operator: owner, key, nonceBlock: block.number, kind, simulated: true },
    };
  };

  return {
    ...scenario,
    ...scenario.simulatedVendor,
    period,
    platform,
    platformId: keyIdOf(platform.certificate),
    enclaveKey,
    bringTcbInfo,
    bringQeIdentity,
    attest,
    register: (it, as = operator) =>
      enclaves.connect(as).register(it.quote, it.binding, "0x", NO_KEY),
    enrol: async ({ quote, binding }) => {
      const receipt = await (
        await enclaves.connect(operator).register(quote, binding, "0x", NO_KEY)
      ).wait();
      const [event] = await enclaves.queryFilter(
        enclaves.filters.EnclaveRegistered(),
        receipt?.blockNumber,
        receipt?.blockNumber,
      );
      if (event === undefined) throw new Error("nothing was registered");
      return { id: event.args.id, measurement: event.args.measurement };
    },
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

/** Asks under a policy, locks, and fulfils with evidence of the kinds that are named, a signature's or an enclave's. */
export async function fulfilBy(
  it: Pick<EnclaveScenario, keyof Scenario | "evidence">,
  measurement: string,
  policy: Policy,
  kinds: readonly bigint[],
): Promise<ContractTransactionReceipt> {
  const wanted = await it.params({ policy });
  const request = await it.lock(wanted);
  const claim = it.claim(request, wanted);
  const evidence = [];
  if (kinds.includes(SIGNATURE)) evidence.push(await sign(it.operator, it.domain, claim));
  if (kinds.includes(TEE)) evidence.push(it.evidence(claim, measurement));
  const sent = await it.requests.connect(it.operator).fulfil(request, wanted, GOOD, evidence);
  const mined = await sent.wait();
  if (mined === null) throw new Error("a fulfilment was lost");
  return mined;
}

/** Brings real collateral to contracts; what is refused reverts. */
export async function bringCollateral(
  { authorities, collateral }: EnclaveVendor,
  chain: readonly Uint8Array[],
  documents: Collateral,
): Promise<void> {
  const [, issuer, root] = chain;
  const [signing] = documents.signingChain;
  if (issuer === undefined || root === undefined || signing === undefined) {
    throw new Error("a chain is too short");
  }
  await authorities.refreshRevocations(documents.rootRevocations, publicKeyStruct(root));
  await authorities.addAuthority(issuer);
  await authorities.addAuthority(signing);
  await authorities.refreshRevocations(documents.pckRevocations, publicKeyStruct(issuer));
  const { tcbInfo, qeIdentity } = documents;
  await collateral.refreshTcbInfo(Buffer.from(tcbInfo.text), documentSignature(tcbInfo, signing));
  await collateral.refreshQeIdentity(
    Buffer.from(qeIdentity.text),
    documentSignature(qeIdentity, signing),
  );
}

/** What a registry knows of a key. */
export async function enclaveAt(
  enclaves: EnclaveRegistry,
  id: string,
): Promise<{ status: bigint; validFrom: bigint; validTo: bigint; compromisedSince: bigint }> {
  const { status, validFrom, validTo, compromisedSince } = await enclaves.enclaveOf(id);
  return { status, validFrom, validTo, compromisedSince };
}

export function dateOf(seconds: bigint): Date {
  return new Date(Number(seconds) * 1000);
}
