import * as z from "zod";
import { MAX_BATCH_CIRCUITS, MAX_BATCH_INFERENCES, MIN_BATCH_INFERENCES } from "./batches.ts";
import type { VerifyingKey } from "./circuit.ts";
import type { CommittedKey } from "./committedKey.ts";
import { ProtocolError } from "./errors.ts";
import type { BatchOfStatements, Evidence } from "./evidence.ts";
import { MAX_PATH } from "./evidence.ts";
import type { Execution } from "./execution.ts";
import { executionSchema } from "./execution.ts";
import type { Hex } from "./hex.ts";
import { wordToHex } from "./hex.ts";
import type { Policy } from "./policy.ts";
import type { Release } from "./release.ts";
import type { ReleaseCircuit, SingleCircuit } from "./releaseCircuit.ts";
import { joinCircuits, withBatches } from "./releaseCircuit.ts";
import type { SegmentedProof } from "./segments.ts";
import type { Domain, Statement } from "./statement.ts";
import type { TextTranscript } from "./textTranscript.ts";
import { transcriptSchema } from "./textTranscript.ts";

/** A statement with its words and evidence, and the release and circuit that give them meaning. */
export type Receipt = {
  readonly domain: Domain;
  readonly statement: Statement;
  readonly input: readonly bigint[];
  readonly output: readonly bigint[];
  readonly evidence: readonly Evidence[];
  readonly release: Release;
  /** `null` where the release has no circuit. */
  readonly circuit: ReleaseCircuit | null;
  /** What the words of a language model's answer are hashes of. */
  readonly transcript?: TextTranscript;
  /** What ran the model. The operator's word alone: no evidence covers it, but where a transcript says the same. */
  readonly execution?: Execution;
};

/** Version of the file format; frozen with the statement. */
export const RECEIPT_FORMAT = "vouch.receipt/1";

const hex = (bytes: number) =>
  z
    .string()
    .regex(new RegExp(`^0x[0-9a-fA-F]{${bytes * 2}}$`), `${bytes} bytes in hex`)
    .transform((value) => value.toLowerCase() as Hex);
const address = hex(20);
const bytes32 = hex(32);
const word = bytes32.transform(BigInt);
const WORD = /^0x[0-9a-fA-F]{64}$/;
/** Ends at the first that is no word: a list of others would have an issue for each, more than a call takes arguments. */
const words = z
  .array(z.unknown())
  .max(65_536)
  .transform((list, context): readonly bigint[] => {
    const found: bigint[] = [];
    for (const [index, it] of list.entries()) {
      if (typeof it !== "string" || !WORD.test(it)) {
        context.addIssue({ code: "custom", path: [index], message: "32 bytes in hex" });
        return z.NEVER;
      }
      found.push(BigInt(it));
    }
    return found;
  });
/** The registry's limit. */
const MAX_SEGMENTS = 256;
/** More than fit the code of one account, where the registry keeps a floor. */
const MAX_REQUIREMENTS = 256;
/** More than fits a transaction of 2^24 gas. */
const MAX_TEXT = 1 << 20;
/** A decimal that the ABI's `uint<bits>` holds. */
const uint = (bits: number) =>
  z
    .string()
    .regex(/^\d{1,78}$/)
    .transform(BigInt)
    .refine((value) => value < 1n << BigInt(bits), `below 2^${bits}`);
/** A lone surrogate has no UTF-8, so no id. */
const text = z
  .string()
  .max(MAX_TEXT)
  .regex(/^\P{Surrogate}*$/u, "well-formed Unicode");
const id = <Id extends Hex>() => bytes32.transform((value) => value as Id);

const requirementSchema = z.object({
  kind: z.enum(["signature", "quorum", "optimistic", "tee", "zk"]),
  params: uint(64),
  pin: bytes32,
});

/** Policy in JSON: amounts as decimal strings. */
export const policySchema = z.object({
  allOf: z
    .array(z.object({ anyOf: z.array(requirementSchema).max(MAX_REQUIREMENTS) }))
    .max(MAX_REQUIREMENTS)
    .refine(
      (clauses) => clauses.flatMap(({ anyOf }) => anyOf).length <= MAX_REQUIREMENTS,
      `at most ${MAX_REQUIREMENTS} requirements`,
    ),
  minStake: uint(128),
});

/** Release in JSON: amounts as decimal strings, words as 32 bytes in hex. */
export const releaseSchema = z.object({
  publisher: address,
  model: text,
  version: text,
  content: bytes32,
  weights: word,
  circuit: id<Release["circuit"]>(),
  inputFractionBits: z.number().int().min(0).max(255),
  outputFractionBits: z.number().int().min(0).max(255),
  runtime: z.enum(["bitExact", "tolerant", "sampled"]),
  manifest: bytes32,
  licence: text,
  royaltyBps: z.number().int().min(0).max(10_000),
  floor: policySchema,
});

const tensorSchema = z.object({
  mode: z.enum(["public", "committed"]),
  elements: z.number().int().min(1).max(0xffffff),
  bits: z.number().int().min(1).max(253),
  signed: z.boolean(),
});

const point = (coordinates: number) => z.array(word).length(coordinates);

const keyMembers = {
  alpha: point(2),
  beta: point(4),
  gamma: point(4),
  delta: point(4),
  ic: z.array(point(2)).max(64),
};
const committedKeySchema = z.object({ ...keyMembers, sigma: point(4) });

const circuitMembers = {
  weights: z.enum(["committed", "constant"]),
  setup: z.enum(["unverified", "development"]),
  input: tensorSchema,
  output: tensorSchema,
  r1cs: bytes32,
  transcript: bytes32,
};

const circuitSchema = z.object({
  system: z.literal("groth16"),
  ...circuitMembers,
  key: z.object(keyMembers),
});

const committedProof = z.array(word).length(12);

const weightedCircuitSchema = z.object({
  system: z.literal("committedGroth16"),
  ...circuitMembers,
  key: committedKeySchema,
  weightsCircuit: z
    .object({
      r1cs: bytes32,
      key: committedKeySchema,
      link: z.object({ inference: point(4), weights: point(4) }),
    })
    .nullable(),
  registration: z
    .object({ weights: point(2), registered: point(2), link: point(2), proof: committedProof })
    .nullable(),
});

const singleCircuitSchema = z.discriminatedUnion("system", [circuitSchema, weightedCircuitSchema]);

const batchedCircuitSchema = z.object({
  system: z.literal("batches"),
  single: singleCircuitSchema,
  batches: z
    .array(z.object({ count: z.number().int(), circuit: singleCircuitSchema }))
    .min(1)
    .max(MAX_BATCH_CIRCUITS),
});

/**
 * A release's circuit in JSON, keys included: one, the list of those that prove it in segments, or one with those that prove
 * several inferences at once.
 */
export const releaseCircuitSchema = z
  .discriminatedUnion("system", [
    circuitSchema,
    weightedCircuitSchema,
    z.object({
      system: z.literal("groth16Segments"),
      segments: z.array(circuitSchema).min(2).max(MAX_SEGMENTS),
    }),
    batchedCircuitSchema,
  ])
  .transform((it): ReleaseCircuit => {
    if (it.system === "groth16Segments") return joinCircuits(it.segments);
    return it.system === "batches" ? withBatches(it.single, it.batches) : it;
  });

const proof = z.object({ commitment: word, proof: z.array(word).length(8) });
const zk = z.literal("zk");
const segmentedProof = z.object({
  weights: z.array(word).max(MAX_SEGMENTS),
  joins: z.array(word).max(MAX_SEGMENTS - 1),
  proofs: z.array(proof).max(MAX_SEGMENTS),
});
const batch = z.object({
  place: z
    .number()
    .int()
    .min(0)
    .max(MAX_BATCH_INFERENCES - 1),
  statements: z
    .array(
      z.object({
        request: id<Statement["request"]>(),
        operator: address,
        input: words,
        output: words,
      }),
    )
    .min(MIN_BATCH_INFERENCES)
    .max(MAX_BATCH_INFERENCES),
});
/** A proof of one statement has none: read past, it would be taken for one. */
const batchless = { batch: z.never().optional() };

const receiptSchema = z.object({
  format: z.literal(RECEIPT_FORMAT),
  chainId: uint(256),
  router: address,
  statement: z.object({
    release: id<Statement["release"]>(),
    request: id<Statement["request"]>(),
    operator: address,
    inputHash: bytes32,
    outputHash: bytes32,
  }),
  input: words,
  output: words,
  evidence: z
    .array(
      z.union([
        z.object({
          kind: z.literal("signature"),
          signature: hex(65),
          path: z.array(bytes32).max(MAX_PATH).default([]),
        }),
        z.object({
          kind: z.literal("tee"),
          signature: hex(65),
          key: address,
          measurement: bytes32,
          path: z.array(bytes32).max(MAX_PATH),
        }),
        z.object({ kind: zk, ...proof.shape, ...batchless }),
        z.object({ kind: zk, ...segmentedProof.shape, ...batchless }),
        z.object({ kind: zk, committed: committedProof, ...batchless }),
        z.object({ kind: zk, batch, ...proof.shape }),
        z.object({ kind: zk, batch, committed: committedProof }),
      ]),
    )
    .max(16),
  release: releaseSchema,
  circuit: releaseCircuitSchema.nullable(),
  transcript: transcriptSchema.optional(),
  execution: executionSchema.optional(),
});

/**
 * Returns a receipt from JSON; checks its form only, not what it claims (`verifyReceipt` does).
 *
 * @throws {ProtocolError} `RECEIPT_MALFORMED`, naming the first field that is wrong; `SEGMENT_INVALID` for a list of
 * circuits that do not join, `BATCH_CIRCUIT_INVALID` for circuits of several inferences that are none of the one.
 */
export function parseReceipt(json: unknown): Receipt {
  const parsed = receiptSchema.safeParse(json);
  if (!parsed.success) {
    const issue = innermost(parsed.error.issues[0]);
    const reason = `${issue?.path.join(".") ?? ""}: ${issue?.message ?? "invalid"}`;
    throw new ProtocolError({ code: "RECEIPT_MALFORMED", reason }, { cause: parsed.error });
  }
  const { chainId, router, ...rest } = parsed.data;
  return {
    domain: { chainId, router },
    statement: rest.statement,
    input: rest.input,
    output: rest.output,
    evidence: rest.evidence,
    release: rest.release,
    circuit: rest.circuit,
    ...(rest.transcript === undefined ? {} : { transcript: rest.transcript }),
    ...(rest.execution === undefined ? {} : { execution: rest.execution }),
  };
}

type Issue = z.core.$ZodIssue;

/** Of the forms that evidence may have, the one that it misses least is what was meant. */
function innermost(issue: Issue | undefined): Issue | undefined {
  if (issue?.code !== "invalid_union") return issue;
  const [closest] = [...issue.errors].sort((a, b) => a.length - b.length);
  const inner = innermost(closest?.[0]);
  return inner === undefined ? issue : { ...inner, path: [...issue.path, ...inner.path] };
}

/** Returns a receipt as the JSON document that `parseReceipt` reads. */
export function serializeReceipt(receipt: Receipt): string {
  const { release, circuit } = receipt;
  return toJson({
    ...headOf(receipt),
    release: releaseToJson(release),
    circuit: circuit === null ? null : releaseCircuitToJson(circuit),
    ...tailOf(receipt),
  });
}

/**
 * Returns the same document in one line. What all receipts of a release have in common is written once: who serves many passes
 * the same `release` and `circuit`, not copies of them. What differs is hex and decimals, in which nothing is to be escaped.
 */
export function compactReceipt(receipt: Receipt): string {
  const { domain, statement: it, input, output, evidence, release, circuit } = receipt;
  const tail = JSON.stringify(tailOf(receipt)).slice(1);
  return (
    `{"format":"${RECEIPT_FORMAT}","chainId":"${domain.chainId}","router":"${domain.router}",` +
    `"statement":{"release":"${it.release}","request":"${it.request}","operator":"${it.operator}",` +
    `"inputHash":"${it.inputHash}","outputHash":"${it.outputHash}"},` +
    `"input":${compactWords(input)},"output":${compactWords(output)},` +
    `"evidence":[${evidence.map(compactEvidence).join()}],` +
    `"release":${keptJson(release, releaseToJson)},` +
    `"circuit":${circuit === null ? "null" : keptJson(circuit, releaseCircuitToJson)}` +
    (tail === "}" ? tail : `,${tail}`)
  );
}

/** Returns words as a list in JSON. */
export function compactWords(words: readonly bigint[]): string {
  return compactHex(words.map(wordToHex));
}

function compactHex(all: readonly Hex[]): string {
  return all.length === 0 ? "[]" : `["${all.join('","')}"]`;
}

function compactEvidence(piece: Evidence): string {
  if (piece.kind !== "signature" || piece.path.length === 0)
    return JSON.stringify(evidenceToJson(piece));
  const { signature, path } = piece;
  return `{"kind":"signature","signature":"${signature}","path":${compactHex(path)}}`;
}

/** JSON by the object that it is of, which nothing changes. */
const kept = new WeakMap<object, string>();

function keptJson<T extends object>(value: T, toValue: (value: T) => object): string {
  const known = kept.get(value);
  if (known !== undefined) return known;
  const json = JSON.stringify(toValue(value));
  kept.set(value, json);
  return json;
}

function headOf({ domain, statement, input, output, evidence }: Receipt): object {
  return {
    format: RECEIPT_FORMAT,
    chainId: domain.chainId.toString(),
    router: domain.router,
    statement,
    input: input.map(wordToHex),
    output: output.map(wordToHex),
    evidence: evidence.map(evidenceToJson),
  };
}

function tailOf({ transcript, execution }: Receipt): object {
  return { transcript, execution };
}

/** Returns the JSON value that `releaseSchema` reads. */
export function releaseToJson(release: Release): object {
  return {
    ...release,
    weights: wordToHex(release.weights),
    floor: policyToJson(release.floor),
  };
}

/** Returns the JSON value that `policySchema` reads. */
export function policyToJson({ allOf, minStake }: Policy): object {
  return {
    allOf: allOf.map(({ anyOf }) => ({
      anyOf: anyOf.map((requirement) => ({
        ...requirement,
        params: requirement.params.toString(),
      })),
    })),
    minStake: minStake.toString(),
  };
}

/** Returns the JSON value that `releaseCircuitSchema` reads. */
export function releaseCircuitToJson(circuit: ReleaseCircuit): object {
  if (circuit.system === "groth16Segments")
    return { system: circuit.system, segments: circuit.segments.map(circuitToJson) };
  if (circuit.system !== "batches") return circuitToJson(circuit);
  const { system, single, batches } = circuit;
  return {
    system,
    single: circuitToJson(single),
    batches: batches.map((it) => ({ count: it.count, circuit: circuitToJson(it.circuit) })),
  };
}

function evidenceToJson(piece: Evidence): object {
  // A statement that is signed itself has no path, also in the file: such receipts are older than batches.
  if (piece.kind === "signature" && piece.path.length === 0)
    return { kind: piece.kind, signature: piece.signature };
  if (piece.kind !== "zk") return piece;
  const of = "batch" in piece ? { batch: batchToJson(piece.batch) } : {};
  if ("committed" in piece)
    return { kind: piece.kind, ...of, committed: piece.committed.map(wordToHex) };
  if (!("joins" in piece)) return { kind: piece.kind, ...of, ...proofToJson(piece) };
  const { kind, weights, joins, proofs } = piece;
  return {
    kind,
    weights: weights.map(wordToHex),
    joins: joins.map(wordToHex),
    proofs: proofs.map(proofToJson),
  };
}

function batchToJson({ place, statements }: BatchOfStatements): object {
  return {
    place,
    statements: statements.map(({ request, operator, input, output }) => ({
      ...{ request, operator },
      ...{ input: input.map(wordToHex), output: output.map(wordToHex) },
    })),
  };
}

function proofToJson({ commitment, proof }: SegmentedProof["proofs"][number]): object {
  return { commitment: wordToHex(commitment), proof: proof.map(wordToHex) };
}

function circuitToJson(circuit: SingleCircuit): object {
  if (circuit.system === "groth16") return { ...circuit, key: keyToJson(circuit.key) };
  const { key, weightsCircuit, registration } = circuit;
  return {
    ...circuit,
    key: committedKeyToJson(key),
    weightsCircuit: weightsCircuit && {
      ...weightsCircuit,
      key: committedKeyToJson(weightsCircuit.key),
      link: {
        inference: weightsCircuit.link.inference.map(wordToHex),
        weights: weightsCircuit.link.weights.map(wordToHex),
      },
    },
    registration: registration && {
      weights: registration.weights.map(wordToHex),
      registered: registration.registered.map(wordToHex),
      link: registration.link.map(wordToHex),
      proof: registration.proof.map(wordToHex),
    },
  };
}

function committedKeyToJson({ sigma, ...key }: CommittedKey): object {
  return { ...keyToJson(key), sigma: sigma.map(wordToHex) };
}

function keyToJson({ alpha, beta, gamma, delta, ic }: VerifyingKey): object {
  return {
    alpha: alpha.map(wordToHex),
    beta: beta.map(wordToHex),
    gamma: gamma.map(wordToHex),
    delta: delta.map(wordToHex),
    ic: ic.map((point) => point.map(wordToHex)),
  };
}

function toJson(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
