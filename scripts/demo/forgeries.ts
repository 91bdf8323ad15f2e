import type { CompiledModel } from "@vouch/compiler";
import { interpret } from "@vouch/compiler";
import type {
  CircuitEvidence,
  Domain,
  Evidence,
  Hex,
  Receipt,
  RequestId,
  Statement,
} from "@vouch/protocol";
import { hashOfWords, packWords, statementDigest, statementTypedData } from "@vouch/protocol";
import type { ServedRelease } from "@vouch/worker";
import { proveClaim } from "@vouch/worker";
import type { Signer } from "ethers";

/** A receipt that must be refused, made as well as its forger can. */
export type Forgery = {
  readonly name: string;
  readonly receipt: Receipt;
  /** Code of the `ProtocolError` that refuses it. */
  readonly offChain: string;
  /** Custom error of the contract that refuses it. */
  readonly onChain: string;
};

/** What a forger has: an honest receipt, the operator's own key, another operator's key, the model. */
export type ForgerySources = {
  readonly honest: Receipt;
  readonly served: ServedRelease;
  readonly input: readonly bigint[];
  readonly operator: Signer;
  readonly otherOperator: Signer;
};

/** Signs a statement as an operator does. */
export async function signStatement(
  signer: Signer,
  domain: Domain,
  statement: Statement,
): Promise<Evidence> {
  const data = statementTypedData(domain, statement);
  const signature = (await signer.signTypedData(data.domain, data.types, data.value)) as Hex;
  return { kind: "signature", signature, path: [] };
}

/** Returns a receipt's proof. */
export function proofOf({ evidence }: Receipt): CircuitEvidence {
  const proof = evidence.find((piece) => "commitment" in piece);
  if (proof === undefined) throw new TypeError("the receipt carries no proof");
  return proof;
}

/**
 * Four forgeries of one receipt. In all but the third the operator itself is the forger and signs the false statement, so
 * that the proof alone stands against it.
 */
export async function forgeReceipts(sources: ForgerySources): Promise<Forgery[]> {
  return Promise.all([
    otherOutput(sources),
    otherWeights(sources),
    otherSigner(sources),
    otherRequest(sources),
  ]);
}

async function otherOutput({ honest, served, operator }: ForgerySources): Promise<Forgery> {
  const { output } = served.compiled;
  const flattering = packWords([-(1n << BigInt(output.fractionBits))], output);
  return {
    name: "other output, signed by the operator, with the honest proof",
    receipt: await restate(honest, { outputHash: hashOfWords(flattering) }, operator, {
      output: flattering,
    }),
    offChain: "PROOF_INVALID",
    onChain: "ProofInvalid",
  };
}

async function otherWeights({ honest, served, input, operator }: ForgerySources): Promise<Forgery> {
  const compiled = withChangedWeight(served.compiled);
  const elements = interpret(compiled.graph, input);
  const output = packWords(elements, compiled.output);
  const statement = { ...honest.statement, outputHash: hashOfWords(output) };
  const [proving] = served.proving;
  if (proving === undefined) throw new TypeError("a served release has a proving key");
  const { commitment, proof } = await proveClaim(
    compiled,
    proving,
    { weightsSalt: served.weightsSalts[0], input, output: elements },
    statementDigest(honest.domain, statement),
  );
  const receipt = await restate(honest, statement, operator, { output });
  return {
    name: "other weights, with a valid proof of what they give",
    receipt: {
      ...receipt,
      evidence: [
        ...receipt.evidence.filter(({ kind }) => kind !== "zk"),
        { kind: "zk", commitment, proof },
      ],
    },
    offChain: "PROOF_INVALID",
    onChain: "ProofInvalid",
  };
}

async function otherSigner({ honest, otherOperator }: ForgerySources): Promise<Forgery> {
  return {
    name: "other operator's signature",
    receipt: await restate(honest, {}, otherOperator),
    offChain: "SIGNATURE_INVALID",
    onChain: "SignatureNotByOperator",
  };
}

async function otherRequest({ honest, operator }: ForgerySources): Promise<Forgery> {
  const request = hashOfWords([BigInt(honest.statement.request)]) as RequestId;
  return {
    name: "proof copied to another request",
    receipt: await restate(honest, { request }, operator),
    offChain: "PROOF_INVALID",
    onChain: "ProofInvalid",
  };
}

/** The honest receipt with another statement, signed anew, and with its old proof. */
async function restate(
  honest: Receipt,
  change: Partial<Statement>,
  signer: Signer,
  words: Partial<Pick<Receipt, "output">> = {},
): Promise<Receipt> {
  const statement = { ...honest.statement, ...change };
  const signature = await signStatement(signer, honest.domain, statement);
  return { ...honest, ...words, statement, evidence: [signature, proofOf(honest)] };
}

/** The model with its first weight changed by one step. */
export function withChangedWeight(compiled: CompiledModel): CompiledModel {
  const parameters = compiled.graph.parameters.map((parameter, index) =>
    index === 0
      ? {
          ...parameter,
          values: parameter.values.map((value, i) =>
            i === 0 ? (value > 0n ? value - 1n : value + 1n) : value,
          ),
        }
      : parameter,
  );
  return { ...compiled, graph: { ...compiled.graph, parameters } };
}
