import {
  AbiCoder,
  concat,
  id,
  keccak256,
  toBeHex,
  toUtf8Bytes,
  TypedDataEncoder,
  verifyTypedData,
} from "ethers";
import type { SnarkjsKey } from "snarkjs";
import { groth16 } from "snarkjs";

/** The members of a receipt's JSON that matter here (`vouch.receipt/1`). */
type ReceiptJson = {
  readonly chainId: string;
  readonly router: string;
  readonly statement: {
    readonly release: string;
    readonly request: string;
    readonly operator: string;
    readonly inputHash: string;
    readonly outputHash: string;
  };
  readonly input: readonly string[];
  readonly output: readonly string[];
  readonly evidence: readonly (
    | { readonly kind: "signature"; readonly signature: string; readonly path?: readonly string[] }
    | { readonly kind: "tee"; readonly signature: string; readonly key: string }
    | ({ readonly kind: "zk" } & (ProofJson | SegmentsJson | (ProofJson & BatchJson)))
  )[];
  readonly release: { readonly weights: string };
  readonly circuit: OneJson | FamilyJson;
};

type OneJson = CircuitJson | { readonly segments: readonly CircuitJson[] };

/** A circuit with those that prove several inferences at once. */
type FamilyJson = {
  readonly single: CircuitJson;
  readonly batches: readonly { readonly count: number; readonly circuit: CircuitJson }[];
};

/** All statements that one proof proves, and which of them the receipt is about. */
type BatchJson = {
  readonly batch: {
    readonly place: number;
    readonly statements: readonly (Pick<ReceiptJson, "input" | "output"> &
      Pick<ReceiptJson["statement"], "request" | "operator">)[];
  };
};

type ProofJson = { readonly commitment: string; readonly proof: readonly string[] };

type SegmentsJson = {
  readonly weights: readonly string[];
  readonly joins: readonly string[];
  readonly proofs: readonly ProofJson[];
};

type CircuitJson = {
  readonly weights: "committed" | "constant";
  readonly key: Readonly<Record<"alpha" | "beta" | "gamma" | "delta", readonly string[]>> & {
    readonly ic: readonly (readonly string[])[];
  };
};

const STATEMENT_FIELDS = ["release", "request", "operator", "inputHash", "outputHash"] as const;
const BATCH_TYPES = { StatementBatch: [{ name: "root", type: "bytes32" }] };
const BATCH_TYPE = id("Batch(uint256 count,bytes32 statements)");
const SEGMENT_TYPE = id("Segment(bytes32 statement,uint256 index,uint256 count,bytes32 joinsHash)");
const P = 21888242871839275222246405745257275088548364400416034343698204186575808495617n;
const Q = 21888242871839275222246405745257275088696311157297823662689037894645226208583n;

/**
 * Verifies the evidence of a receipt a second time, sharing no code with `verifyReceipt`: docs/statement.md written out
 * once more with ethers, and snarkjs for the pairing. Reads the file as it is, without the protocol's parser; ids of
 * release and circuit are not derived here.
 *
 * @returns which piece of evidence holds, by kind, and whether both word hashes do.
 */
export async function verifyReceiptIndependently(
  json: string,
): Promise<Readonly<Record<string, boolean>>> {
  const receipt = JSON.parse(json) as ReceiptJson;
  const { statement, evidence } = receipt;
  const domain = {
    name: "Vouch",
    version: "1",
    chainId: BigInt(receipt.chainId),
    verifyingContract: receipt.router,
  };
  const types = {
    Statement: STATEMENT_FIELDS.map((name) => ({
      name,
      type: name === "operator" ? "address" : "bytes32",
    })),
  };
  const results: Record<string, boolean> = {
    input: keccak256(concat([...receipt.input])) === statement.inputHash,
    output: keccak256(concat([...receipt.output])) === statement.outputHash,
  };
  for (const piece of evidence) {
    if (piece.kind === "zk") {
      const digestOf = (it: ReceiptJson["statement"]): string =>
        TypedDataEncoder.hash(domain, types, it);
      results[piece.kind] =
        "batch" in piece
          ? await provesBatch(receipt, digestOf, piece)
          : await proves(receipt, digestOf(statement), piece);
      continue;
    }
    if (piece.kind === "signature" && piece.path !== undefined && piece.path.length > 0) {
      const root = rootOf(TypedDataEncoder.hash(domain, types, statement), piece.path);
      const signer = signerOf(domain, BATCH_TYPES, { root }, piece.signature);
      results[piece.kind] = signer === statement.operator.toLowerCase();
      continue;
    }
    const signer = piece.kind === "tee" ? piece.key : statement.operator;
    results[piece.kind] =
      signerOf(domain, types, statement, piece.signature) === signer.toLowerCase();
  }
  return results;
}

/** The root of a batch that a statement is in: each sibling is hashed with what is below it, the smaller first. */
function rootOf(digest: string, path: readonly string[]): string {
  return path.reduce((node, sibling) => {
    const [low, high] = BigInt(node) < BigInt(sibling) ? [node, sibling] : [sibling, node];
    return keccak256(concat([low, high]));
  }, digest);
}

function signerOf(
  domain: Parameters<typeof verifyTypedData>[0],
  types: Parameters<typeof verifyTypedData>[1],
  value: Parameters<typeof verifyTypedData>[2],
  signature: string,
): string | undefined {
  try {
    return verifyTypedData(domain, types, value, signature).toLowerCase();
  } catch {
    return undefined; // not a signature
  }
}

/** Whether the proof holds of all statements, of which the one at its place is the receipt's. */
async function provesBatch(
  { statement, input, output, release, circuit: family }: ReceiptJson,
  digestOf: (statement: ReceiptJson["statement"]) => string,
  { batch: { place, statements }, ...evidence }: ProofJson & BatchJson,
): Promise<boolean> {
  const count = statements.length;
  const found = "batches" in family ? family.batches.find((it) => it.count === count) : undefined;
  if (found === undefined || !("commitment" in evidence)) return false;
  const digests = statements.map((it) =>
    digestOf({
      ...{ release: statement.release, request: it.request, operator: it.operator },
      ...{
        inputHash: keccak256(concat([...it.input])),
        outputHash: keccak256(concat([...it.output])),
      },
    }),
  );
  const own = {
    inputHash: keccak256(concat([...input])),
    outputHash: keccak256(concat([...output])),
  };
  if (digests[place] !== digestOf({ ...statement, ...own })) return false;
  const hash = AbiCoder.defaultAbiCoder().encode(
    ["bytes32", "uint256", "bytes32"],
    [BATCH_TYPE, count, keccak256(concat(digests))],
  );
  const { circuit } = found;
  const v = [
    ...(circuit.weights === "committed" ? [release.weights] : []),
    ...statements.flatMap((it) => [...it.input, ...it.output]),
    toBeHex(1, 32), // behind the last: it tells their number
  ];
  return holds(circuit, evidence, v, keccak256(hash));
}

/** Whether the proof holds, or that of every segment. */
async function proves(
  { input, output, release, circuit: of }: ReceiptJson,
  digest: string,
  evidence: ProofJson | SegmentsJson,
): Promise<boolean> {
  const circuit = "single" in of ? of.single : of;
  if (!("segments" in circuit)) {
    if (!("commitment" in evidence)) return false;
    const weights = circuit.weights === "committed" ? [release.weights] : [];
    return holds(circuit, evidence, [...weights, ...input, ...output], digest);
  }
  if ("commitment" in evidence) return false;
  const { weights, joins, proofs } = evidence;
  const count = circuit.segments.length;
  const [first] = circuit.segments;
  const expected = first?.weights === "committed" ? count : 0;
  if (proofs.length !== count || joins.length !== count - 1 || weights.length !== expected)
    return false;
  if ([...weights, ...joins].some((it) => BigInt(it) >= P)) return false;
  const hashed = weights.length === 0 ? 0n : BigInt(keccak256(concat([...weights]))) >> 3n;
  if (hashed !== BigInt(release.weights)) return false;
  for (const [index, segment] of circuit.segments.entries()) {
    const place = AbiCoder.defaultAbiCoder().encode(
      ["bytes32", "bytes32", "uint256", "uint256", "bytes32"],
      [SEGMENT_TYPE, digest, index, count, keccak256(concat([...joins]))],
    );
    const v = [
      ...weights.slice(index, index + 1),
      ...(index === 0 ? input : joins.slice(index - 1, index)),
      ...(index === count - 1 ? output : joins.slice(index, index + 1)),
    ];
    const proof = proofs[index];
    if (proof === undefined || !(await holds(segment, proof, v, keccak256(place)))) return false;
  }
  return true;
}

/** Whether one proof holds of the words `v`, bound to a digest. */
async function holds(
  { key }: CircuitJson,
  { commitment, proof }: ProofJson,
  v: readonly string[],
  digest: string,
): Promise<boolean> {
  if (BigInt(commitment) >= P || proof.some((it) => BigInt(it) >= Q)) return false;
  const tag = keccak256(toUtf8Bytes("vouch.challenge.v1"));
  const z = BigInt(keccak256(concat([tag, toBeHex(BigInt(commitment), 32), digest]))) % P;
  let e = 0n;
  let power = 1n;
  for (const word of v) {
    e = (e + BigInt(word) * power) % P;
    power = (power * z) % P;
  }
  const signals = [BigInt(commitment), z, e].map(String);
  const [ax, ay, bx1, bx0, by1, by0, cx, cy] = proof.map((it) => BigInt(it).toString());
  return groth16.verify(verificationKey(key), signals, {
    pi_a: [ax, ay, "1"],
    pi_b: [
      [bx0, bx1],
      [by0, by1],
      ["1", "0"],
    ],
    pi_c: [cx, cy, "1"],
    protocol: "groth16",
    curve: "bn128",
  } as never);
}

/** The key in snarkjs' own JSON form, where G2 coordinates come real part first. */
function verificationKey({ alpha, beta, gamma, delta, ic }: CircuitJson["key"]): SnarkjsKey {
  const g1 = (point: readonly string[]): string[] => [
    ...point.map((it) => BigInt(it).toString()),
    "1",
  ];
  const g2 = (point: readonly string[]): string[][] => {
    const [x1, x0, y1, y0] = point.map((it) => BigInt(it).toString());
    return [
      [x0 ?? "", x1 ?? ""],
      [y0 ?? "", y1 ?? ""],
      ["1", "0"],
    ];
  };
  return {
    protocol: "groth16",
    curve: "bn128",
    nPublic: 3,
    vk_alpha_1: g1(alpha),
    vk_beta_2: g2(beta),
    vk_gamma_2: g2(gamma),
    vk_delta_2: g2(delta),
    IC: ic.map(g1),
  };
}
