import { AbiCoder, concat, keccak256, sha256, toBeHex, zeroPadValue } from "ethers";
import type { Connection } from "./deployVouch.ts";
import { connection } from "./deployVouch.ts";
import { GOOD, INPUT, digestOf, release, scenarioOn } from "./vouchScenario.ts";
import type { Claim, Domain, Release, Requirement, Scenario } from "./vouchScenario.ts";
import { ZK } from "./vouchScenario.ts";
import type {
  AnswerMock,
  EvidenceRouter,
  ExternalProofEvidence,
  EzklVerifierMock,
  RiscZeroVerifierMock,
  SP1VerifierMock,
} from "../../offchain/protocol/typechain/index.ts";

export const SHAPES = { riscZero: 0n, sp1: 1n, ezkl: 2n } as const;
export type Program = { shape: bigint; verifier: string; program: string };

const coder = AbiCoder.defaultAbiCoder();
const RISC_ZERO_SELECTOR = "0x73c457ba";
const SP1_SELECTOR = "0xa4594c59";

/** What a policy names, written out. */
export const pinOf = ({ shape, verifier, program }: Program): string =>
  keccak256(coder.encode(["uint8", "address", "bytes32"], [shape, verifier, program]));

export const external = (pin: string): Requirement => ({ kind: ZK, params: 3n, pin });

/** The id of an EZKL verifier with this code, of one word in and one out. */
export const ezklProgram = (code: string, inputs = 1n, outputs = 1n): string =>
  keccak256(coder.encode(["bytes32", "uint256", "uint256"], [keccak256(code), inputs, outputs]));

/** The seal that the mock of RISC Zero takes for a guest that committed to `digest`. */
export const riscZeroProof = (imageId: string, digest: string): string =>
  concat([RISC_ZERO_SELECTOR, keccak256(concat([imageId, sha256(digest)]))]);

/** The proof that the mock of SP1 takes for a program that committed to `digest`. */
export function sp1Proof(programVKey: string, digest: string): string {
  const hashed = BigInt(sha256(digest)) & ((1n << 253n) - 1n);
  return concat([SP1_SELECTOR, keccak256(concat([programVKey, toBeHex(hashed, 32)]))]);
}

/** The proof that the mock of EZKL takes for the digest in halves, and these words. */
export function ezklProof(digest: string, words: readonly bigint[]): string {
  const halves = [BigInt(digest) >> 128n, BigInt(digest) & ((1n << 128n) - 1n)];
  return keccak256(concat([...halves, ...words].map((it) => toBeHex(it, 32))));
}

export type ExternalScenario = Scenario & {
  readonly external: ExternalProofEvidence;
  readonly riscZero: RiscZeroVerifierMock;
  readonly sp1: SP1VerifierMock;
  readonly ezkl: EzklVerifierMock;
  readonly answering: AnswerMock;
  /** Programs of the mocks, by shape. */
  readonly byShape: Readonly<Record<keyof typeof SHAPES, Program>>;
  readonly plain: EvidenceRouter;
  /** Publishes a release without a circuit. */
  readonly publishPlain: (version: string, overrides?: Partial<Release>) => Promise<string>;
  readonly claimOf: (release: string, change?: Partial<Claim>) => Claim;
};

/** The proof that the mock of a program takes for a claim. */
export function proofOf(
  { shape, program }: Program,
  domain: Domain,
  claim: Claim,
): { kind: bigint; data: string } {
  const digest = digestOf(domain, claim);
  if (shape === SHAPES.riscZero) return { kind: ZK, data: riscZeroProof(program, digest) };
  if (shape === SHAPES.sp1) return { kind: ZK, data: sp1Proof(program, digest) };
  return { kind: ZK, data: ezklProof(digest, [...claim.input, ...claim.output]) };
}

/** A router that takes proofs of external byShape; `router` and `domain` are its. `plain` is the one that does not. */
export async function deployExternal(): Promise<ExternalScenario> {
  return externalOn(connection);
}

export async function externalOn(chain: Connection): Promise<ExternalScenario> {
  const { ethers } = chain;
  const scenario = await scenarioOn(chain);
  const { models, circuits, signatures, groth16, publisher, operator } = scenario;
  const evidence = await ethers.deployContract("ExternalProofEvidence", [models]);
  const router = await ethers.deployContract("EvidenceRouter", [
    models,
    circuits,
    [signatures, groth16, evidence],
  ]);
  const riscZero = await ethers.deployContract("RiscZeroVerifierMock");
  const sp1 = await ethers.deployContract("SP1VerifierMock");
  const ezkl = await ethers.deployContract("EzklVerifierMock");
  const answering = await ethers.deployContract("AnswerMock");
  const code = ezklProgram(await ethers.provider.getCode(ezkl));
  const of = (shape: bigint, verifier: { target: unknown }, program: string): Program => ({
    shape,
    verifier: verifier.target as string,
    program,
  });

  return {
    ...scenario,
    plain: scenario.router,
    router,
    domain: { ...scenario.domain, router: await router.getAddress() },
    external: evidence,
    riscZero,
    sp1,
    ezkl,
    answering,
    byShape: {
      riscZero: of(SHAPES.riscZero, riscZero, zeroPadValue("0x1a", 32)),
      sp1: of(SHAPES.sp1, sp1, zeroPadValue("0x2b", 32)),
      ezkl: of(SHAPES.ezkl, ezkl, code),
    },
    publishPlain: async (version, overrides = {}) => {
      const terms = release({ publisher: publisher.address, version, weights: 0n, ...overrides });
      const releaseId = await models.publish.staticCall(terms, "");
      await models.connect(publisher).publish(terms, "");
      return releaseId;
    },
    claimOf: (releaseId, change = {}) => ({
      release: releaseId,
      request: zeroPadValue("0x77", 32),
      operator: operator.address,
      input: INPUT,
      output: GOOD,
      ...change,
    }),
  };
}
