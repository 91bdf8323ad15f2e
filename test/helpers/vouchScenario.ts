import type { TypedDataDomain, TypedDataField } from "ethers";
import {
  AbiCoder,
  TypedDataEncoder,
  ZeroAddress,
  ZeroHash,
  concat,
  id,
  keccak256,
  toBeHex,
} from "ethers";
import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";
import type { Connection, Deployment } from "./deployVouch.ts";
import { connection, deployVouch } from "./deployVouch.ts";
import { SCALAR_FIELD, trapdoorKey } from "./trapdoorKey.ts";
import type { Key, Proof } from "./trapdoorKey.ts";

export const SIGNATURE = 0n;
export const ZK = 4n;
export const TRUST = { attested: 0n, pinned: 1n, any: 2n } as const;
/** Fee of a request of `params`, in wei. */
export const FEE: bigint = 10n ** 15n;
export const ETHER: bigint = 10n ** 18n;
export const DEVELOPMENT_SETUP = 1n;
export const UNATTESTED_SETUP = 2n;
export const W = 123_456_789n;
export const TRAPDOOR = trapdoorKey("vouch.test");

export type Encoding = { mode: bigint; elements: bigint; bits: bigint; isSigned: boolean };
export type Circuit = {
  system: bigint;
  weights: bigint;
  setup: bigint;
  input: Encoding;
  output: Encoding;
  r1cs: string;
  transcript: string;
  key: Key;
};
export type Requirement = { kind: bigint; params: bigint; pin: string };
export type Policy = { allOf: { anyOf: Requirement[] }[]; minStake: bigint };
export type Release = {
  publisher: string;
  model: string;
  version: string;
  content: string;
  weights: bigint;
  circuit: string;
  inputFractionBits: bigint;
  outputFractionBits: bigint;
  runtime: bigint;
  manifest: string;
  licence: string;
  royaltyBps: bigint;
  floor: Policy;
};
export type Params = {
  nonce: bigint;
  release: string;
  input: bigint[];
  policy: Policy;
  token: string;
  minFee: bigint;
  maxFee: bigint;
  rampStart: bigint;
  stake: bigint;
  bond: bigint;
  cover: bigint;
  maxGasPrice: bigint;
  verificationGas: bigint;
  callbackGas: bigint;
  provisionalGas: bigint;
  lockDeadline: bigint;
  deadline: bigint;
};
export type Evidence = { kind: bigint; data: string };
export type Receipt = {
  release: string;
  request: string;
  operator: string;
  input: bigint[];
  output: bigint[];
  evidence: Evidence[];
};
export type Claim = Omit<Receipt, "evidence">;
export type Domain = { chainId: bigint; router: string };

const STATEMENT = {
  Statement: [
    { name: "release", type: "bytes32" },
    { name: "request", type: "bytes32" },
    { name: "operator", type: "address" },
    { name: "inputHash", type: "bytes32" },
    { name: "outputHash", type: "bytes32" },
  ],
};

export const NOTHING: Policy = { allOf: [], minStake: 0n };
export const signature: Requirement = { kind: SIGNATURE, params: 0n, pin: ZeroHash };
export const zk = (params: bigint = TRUST.any, pin: string = ZeroHash): Requirement => ({
  kind: ZK,
  params,
  pin,
});
/** One clause for each requirement: all must be met. */
export const all = (...requirements: Requirement[]): Policy => ({
  allOf: requirements.map((it) => ({ anyOf: [it] })),
  minStake: 0n,
});

/** Four signed 16-bit elements in, one signed 32-bit element out: one word each. */
export const CIRCUIT: Circuit = {
  system: 0n,
  weights: 0n,
  setup: 1n,
  input: { mode: 0n, elements: 4n, bits: 16n, isSigned: true },
  output: { mode: 0n, elements: 1n, bits: 32n, isSigned: true },
  r1cs: id("r1cs"),
  transcript: id("transcript"),
  key: TRAPDOOR.key,
};
/** Words of the input [1, -2, 3, 256] and of the outputs -5 (a good risk) and 5 (a bad one). */
export const INPUT: bigint[] = [packed([1n, -2n, 3n, 256n], 16n)];
export const GOOD: bigint[] = [packed([-5n], 32n)];
export const BAD: bigint[] = [packed([5n], 32n)];

function packed(elements: readonly bigint[], bits: bigint): bigint {
  const offset = 1n << (bits - 1n);
  return elements.reduce((word, it, i) => word | ((it + offset) << (bits * BigInt(i))), 0n);
}

export const hashOfWords = (words: readonly bigint[]): string =>
  keccak256(concat(words.map((it) => toBeHex(it, 32))));

export const release = (overrides: Partial<Release> & { publisher: string }): Release => ({
  model: "credit",
  version: "1",
  content: id("content"),
  weights: W,
  circuit: ZeroHash,
  inputFractionBits: 8n,
  outputFractionBits: 8n,
  runtime: 0n,
  manifest: id("manifest"),
  licence: "MIT",
  royaltyBps: 500n,
  floor: NOTHING,
  ...overrides,
});

export function typedData(
  domain: Domain,
  claim: Claim,
): {
  readonly domain: TypedDataDomain;
  readonly types: Record<string, TypedDataField[]>;
  readonly message: Readonly<
    Record<"release" | "request" | "operator" | "inputHash" | "outputHash", string>
  >;
} {
  return {
    domain: {
      name: "Vouch",
      version: "1",
      chainId: domain.chainId,
      verifyingContract: domain.router,
    },
    types: STATEMENT,
    message: {
      release: claim.release,
      request: claim.request,
      operator: claim.operator,
      inputHash: hashOfWords(claim.input),
      outputHash: hashOfWords(claim.output),
    },
  };
}

export function digestOf(domain: Domain, claim: Claim): string {
  const data = typedData(domain, claim);
  return TypedDataEncoder.hash(data.domain, data.types, data.message);
}

/** Public signals `[c, z, e]` of a claim, as docs/statement.md, section 4, has them. */
export function signalsOf(
  digest: string,
  claim: Claim,
  { weights = W, commitment = 42n }: { weights?: bigint | null; commitment?: bigint } = {},
): [bigint, bigint, bigint] {
  const challenge = keccak256(concat([id("vouch.challenge.v1"), toBeHex(commitment, 32), digest]));
  const z = BigInt(challenge) % SCALAR_FIELD;
  const v = [...(weights === null ? [] : [weights]), ...claim.input, ...claim.output];
  const e = v.reduceRight((sum, it) => (sum * z + it) % SCALAR_FIELD, 0n);
  return [commitment, z, e];
}

export const zkEvidence = (commitment: bigint, proof: Proof): Evidence => ({
  kind: ZK,
  data: AbiCoder.defaultAbiCoder().encode(["uint256", "uint256[8]"], [commitment, [...proof]]),
});

export async function sign(
  signer: HardhatEthersSigner,
  domain: Domain,
  claim: Claim,
): Promise<Evidence> {
  const { domain: eip712, types, message } = typedData(domain, claim);
  return { kind: SIGNATURE, data: await signer.signTypedData(eip712, types, message) };
}

/** Makes the proof that an honest prover would make, by the trapdoor. */
export function prove(domain: Domain, claim: Claim, key = TRAPDOOR, commitment?: bigint): Evidence {
  const signals = signalsOf(digestOf(domain, claim), claim, commitment ? { commitment } : {});
  return zkEvidence(signals[0], key.prove(signals));
}

export const escrowOf = (
  params: Pick<
    Params,
    "maxFee" | "verificationGas" | "callbackGas" | "provisionalGas" | "maxGasPrice"
  >,
): bigint =>
  params.maxFee +
  (params.verificationGas + params.callbackGas + params.provisionalGas) * params.maxGasPrice;

export type Scenario = Deployment & {
  readonly publisher: HardhatEthersSigner;
  readonly operator: HardhatEthersSigner;
  readonly rival: HardhatEthersSigner;
  readonly requester: HardhatEthersSigner;
  readonly stranger: HardhatEthersSigner;
  readonly domain: Domain;
  readonly circuitId: string;
  readonly releaseId: string;
  /** Parameters of a request that a signature settles. */
  readonly params: (overrides?: Partial<Params>) => Promise<Params>;
  /** Asks as `requester`; returns the id. */
  readonly ask: (params: Params) => Promise<string>;
  /** Asks, and locks as `operator`. */
  readonly lock: (params: Params) => Promise<string>;
  readonly claim: (request: string, params: Params, output?: bigint[], operator?: string) => Claim;
};

/** A deployment with a circuit, a release, and two operators that staked 11 ether each, one of them as bond. */
export async function deployScenario(): Promise<Scenario> {
  return scenarioOn(connection);
}

export async function scenarioOn(chain: Connection): Promise<Scenario> {
  const { ethers, networkHelpers } = chain;
  const [publisher, operator, rival, requester, stranger] = (await ethers.getSigners()) as [
    HardhatEthersSigner,
    HardhatEthersSigner,
    HardhatEthersSigner,
    HardhatEthersSigner,
    HardhatEthersSigner,
  ];
  const vouch = await deployVouch(chain);
  const { circuits, models, vault, signatures, requests, router } = vouch;
  const circuitId = await circuits.register.staticCall(CIRCUIT);
  await circuits.register(CIRCUIT);
  const published = release({ publisher: publisher.address, circuit: circuitId });
  const releaseId = await models.publish.staticCall(published, "");
  await models.publish(published, "");
  for (const staker of [operator, rival]) {
    await vault.connect(staker).stake({ value: 11n * ETHER });
    await vault.connect(staker).authorise(requests, true);
    await vault.connect(staker).authorise(signatures, true);
    await signatures.connect(staker).post(ETHER);
  }
  const { chainId } = await ethers.provider.getNetwork();

  let nonce = 0n;
  const params: Scenario["params"] = async (overrides = {}) => {
    // The clock goes on while a fixture waits to be loaded again: the next block tells the time.
    await networkHelpers.mine();
    const now = BigInt(await networkHelpers.time.latest());
    nonce += 1n;
    return {
      nonce,
      release: releaseId,
      input: INPUT,
      policy: all(signature),
      token: ZeroAddress,
      minFee: FEE,
      maxFee: FEE,
      rampStart: now,
      stake: ETHER,
      bond: ETHER / 10n,
      cover: 0n,
      maxGasPrice: 10n ** 10n,
      verificationGas: 400_000n,
      callbackGas: 0n,
      provisionalGas: 0n,
      lockDeadline: now + 600n,
      deadline: now + 1200n,
      ...overrides,
    };
  };
  const ask: Scenario["ask"] = async (wanted) => {
    await requests.connect(requester).request(wanted, { value: escrowOf(wanted) });
    return requests.requestIdOf(requester, wanted.nonce);
  };

  return {
    ...vouch,
    publisher,
    operator,
    rival,
    requester,
    stranger,
    domain: { chainId, router: await router.getAddress() },
    circuitId,
    releaseId,
    params,
    ask,
    lock: async (wanted) => {
      const request = await ask(wanted);
      await requests.connect(operator).lock(request, wanted);
      return request;
    },
    claim: (request, wanted, output = GOOD, by = operator.address) => ({
      release: wanted.release,
      request,
      operator: by,
      input: wanted.input,
      output,
    }),
  };
}
