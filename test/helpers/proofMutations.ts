import { bn254 } from "@noble/curves/bn254.js";
import { SCALAR_FIELD } from "@vouch/protocol";
import type { Groth16Proof, VerifyingKey } from "@vouch/protocol";
import { id } from "ethers";
import {
  cofactorPoint,
  g1Point,
  g1Words,
  g2Point,
  g2Words,
  outsideSubgroup,
} from "./curvePoints.ts";
import { BASE_FIELD } from "./trapdoorKey.ts";
import type { Claim } from "./vouchScenario.ts";

const { G1, G2, fields } = bn254;

/** A statement with one proof of it, and the key that judges it. A commit-and-prove proof has 12 words, and no `c`. */
export type ProvenItem = {
  readonly claim: Claim;
  /** Commitment to the weights that the release has registered. */
  readonly weights: bigint;
  readonly commitment: bigint;
  readonly proof: Groth16Proof;
  readonly key: VerifyingKey;
};

/** What a forger has beside the item: an item of the same circuit, and one of another. */
export type OtherItems = { readonly same: ProvenItem; readonly foreign: ProvenItem };

export type Mutation = {
  readonly name: string;
  /** Whether what comes out still proves its statement. */
  readonly valid: boolean;
  /** It differs by a multiple of the field's order only, which snarkjs reduces and EIP-196 refuses: the one disagreement. */
  readonly aliased: boolean;
  readonly apply: (item: ProvenItem, others: OtherItems) => ProvenItem;
};

const COORDINATES = [
  ...["A.x", "A.y", "B.x1", "B.x0", "B.y1", "B.y0", "C.x", "C.y"],
  ...["D.x", "D.y", "Q.x", "Q.y"],
];
/** Where a point's words begin, and how many there are; D and Q are of commit-and-prove. */
const POINTS = { A: [0, 2], B: [2, 4], C: [6, 2], D: [8, 2], Q: [10, 2] } as const;
type Point = keyof typeof POINTS;
/** Scalars that re-randomise a proof. */
const [R, S] = ["r", "s"].map((it) => BigInt(id(it)) % SCALAR_FIELD) as [bigint, bigint];

const wordsAt = (proof: Groth16Proof, point: Point): readonly bigint[] =>
  proof.slice(POINTS[point][0], POINTS[point][0] + POINTS[point][1]);

/** Puts words in the place of one point, or in its first places. */
function withPoint(item: ProvenItem, point: Point, words: readonly bigint[]): ProvenItem {
  const [start] = POINTS[point];
  return { ...item, proof: item.proof.map((it, i) => words[i - start] ?? it) };
}

const withClaim = (item: ProvenItem, change: Partial<Claim>): ProvenItem => ({
  ...item,
  claim: { ...item.claim, ...change },
});

/** The point itself plus the generator of its group. */
function besidesIt(proof: Groth16Proof, point: Point): readonly bigint[] {
  const words = wordsAt(proof, point);
  return point === "B"
    ? g2Words(g2Point(words).add(G2.Point.BASE))
    : g1Words(g1Point(words).add(G1.Point.BASE));
}

/** Minus the point: its `y` alone changes sign. */
function negated(proof: Groth16Proof, point: Point): readonly bigint[] {
  const words = wordsAt(proof, point);
  const half = words.length / 2;
  return words.map((it, i) => (i < half ? it : (BASE_FIELD - it) % BASE_FIELD));
}

/** `A → rA, B → r⁻¹B`: the pairing of both stays. */
function scaled(item: ProvenItem): ProvenItem {
  const a = g1Point(wordsAt(item.proof, "A")).multiply(R);
  const b = g2Point(wordsAt(item.proof, "B")).multiply(fields.Fr.inv(R));
  return withPoint(withPoint(item, "A", g1Words(a)), "B", g2Words(b));
}

/** `B → B + s·delta, C → C + sA`: what the pairings of both add is the same. */
function moved(item: ProvenItem): ProvenItem {
  const { proof, key } = item;
  const a = g1Point(wordsAt(proof, "A"));
  const b = g2Point(wordsAt(proof, "B")).add(g2Point(key.delta).multiply(S));
  const c = g1Point(wordsAt(proof, "C")).add(a.multiply(S));
  return withPoint(withPoint(item, "B", g2Words(b)), "C", g1Words(c));
}

const valid = (name: string, apply: Mutation["apply"]): Mutation => ({
  ...{ name, apply },
  ...{ valid: true, aliased: false },
});
const invalid = (name: string, apply: Mutation["apply"]): Mutation => ({
  ...{ name, apply },
  ...{ valid: false, aliased: false },
});

/** Numbers that follow from a proof: the first chooses among a few places, the second multiplies. */
function drawnFrom(proof: Groth16Proof): readonly [bigint, bigint] {
  const [first, second] = ["first", "second"].map((it) => BigInt(id(`${it}/${proof.join()}`)));
  return [first ?? 0n, 2n + ((second ?? 0n) % (SCALAR_FIELD - 3n))];
}

/** The point times a number that follows from the proof. */
function multiplied(proof: Groth16Proof, point: Point): readonly bigint[] {
  const [words, [, scalar]] = [wordsAt(proof, point), drawnFrom(proof)];
  return point === "B"
    ? g2Words(g2Point(words).multiply(scalar))
    : g1Words(g1Point(words).multiply(scalar));
}

/** One bit of one of the proof's words flipped; which, follows from the proof. */
function flipped(proof: Groth16Proof): Groth16Proof {
  const [drawn] = drawnFrom(proof);
  const place = Number(drawn % BigInt(proof.length));
  const bit = (drawn >> 8n) % 256n;
  return proof.map((it, i) => (i === place ? it ^ (1n << bit) : it));
}

/** Changes of coordinates, by their places in a proof. */
const coordinateMutations = (from: number, to: number): readonly Mutation[] =>
  COORDINATES.slice(from, to).flatMap((name, i) => [
    ...[1n, BASE_FIELD - 1n].map((step) =>
      invalid(`${name} ${step === 1n ? "plus" : "minus"} one`, (it) => ({
        ...it,
        proof: it.proof.map((word, k) => (k === from + i ? (word + step) % BASE_FIELD : word)),
      })),
    ),
    {
      ...invalid(`${name} plus the field's order`, (it) => ({
        ...it,
        proof: it.proof.map((word, k) => (k === from + i ? word + BASE_FIELD : word)),
      })),
      aliased: true,
    },
  ]);

/** Changes of whole points. */
const pointMutations = (points: readonly Point[]): readonly Mutation[] =>
  points.flatMap((point) => [
    invalid(`${point} plus the generator`, (it) =>
      withPoint(it, point, besidesIt(it.proof, point)),
    ),
    invalid(`${point} times a number`, (it) => withPoint(it, point, multiplied(it.proof, point))),
    invalid(`${point} negated`, (it) => withPoint(it, point, negated(it.proof, point))),
    invalid(`${point} with x and y swapped`, (it) => {
      const words = wordsAt(it.proof, point);
      return withPoint(it, point, [
        ...words.slice(words.length / 2),
        ...words.slice(0, words.length / 2),
      ]);
    }),
    invalid(`${point} of another item`, (it, { same }) =>
      withPoint(it, point, wordsAt(same.proof, point)),
    ),
    invalid(`${point} of another circuit's item`, (it, { foreign }) =>
      withPoint(it, point, wordsAt(foreign.proof, point)),
    ),
    invalid(`${point} off the curve`, (it) => withPoint(it, point, [1n, 3n, 1n, 3n].slice(0, wordsAt(it.proof, point).length))), // prettier-ignore
    invalid(`${point} at infinity`, (it) =>
      withPoint(
        it,
        point,
        wordsAt(it.proof, point).map(() => 0n),
      ),
    ),
  ]);

/** Puts the words of a commitment and of what shows its knowledge in the place of D and Q. */
const withCommitment = (item: ProvenItem, d: readonly bigint[], q: readonly bigint[]): ProvenItem =>
  withPoint(withPoint(item, "D", d), "Q", q);

/** Changes of a whole commitment, some of which keep its proof of knowledge right. */
const COMMITMENT_MUTATIONS: readonly Mutation[] = [
  invalid("D and Q negated", (it) =>
    withCommitment(it, negated(it.proof, "D"), negated(it.proof, "Q")),
  ),
  invalid("D and Q times a number", (it) =>
    withCommitment(it, multiplied(it.proof, "D"), multiplied(it.proof, "Q")),
  ),
  invalid("D and Q of another item", (it, { same }) =>
    withCommitment(it, wordsAt(same.proof, "D"), wordsAt(same.proof, "Q")),
  ),
  invalid("D and Q swapped", (it) =>
    withCommitment(it, wordsAt(it.proof, "Q"), wordsAt(it.proof, "D")),
  ),
  invalid("C and D swapped", (it) =>
    withPoint(withPoint(it, "C", wordsAt(it.proof, "D")), "D", wordsAt(it.proof, "C")),
  ),
  invalid("D and Q at infinity", (it) => withCommitment(it, [0n, 0n], [0n, 0n])),
];

/** Changes of the statement itself, whose evidence stays. */
const STATEMENT_MUTATIONS: readonly Mutation[] = [
  invalid("z of another request", (it) => withClaim(it, { request: id("another") })),
  invalid("z of another operator", (it) =>
    withClaim(it, { operator: "0x00000000000000000000000000000000000000aa" }),
  ),
  invalid("another release", (it, { foreign }) =>
    withClaim(it, { release: foreign.claim.release }),
  ),
  invalid("z and e of another input", (it, { same }) => withClaim(it, { input: same.claim.input })),
  invalid("z and e of another output", (it) =>
    withClaim(it, { output: it.claim.output.map((word) => word ^ 1n) }),
  ),
  invalid(
    "an input word plus the field's order",
    (it) =>
    withClaim(it, { input: it.claim.input.map((word, i) => (i === 0 ? word + SCALAR_FIELD : word)) }), // prettier-ignore
  ),
  invalid(
    "an output word plus the field's order",
    (it) =>
    withClaim(it, { output: it.claim.output.map((word, i) => (i === 0 ? word + SCALAR_FIELD : word)) }), // prettier-ignore
  ),
  invalid("an input word with bit 255 set", (it) =>
    withClaim(it, { input: it.claim.input.map((word) => word | (1n << 255n)) }),
  ),
  invalid("an output word more", (it) => withClaim(it, { output: [...it.claim.output, 0n] })),
  invalid("no input", (it) => withClaim(it, { input: [] })),
  invalid("the last input word moved to the output", (it) =>
    withClaim(it, {
      input: it.claim.input.slice(0, -1),
      output: [...it.claim.input.slice(-1), ...it.claim.output],
    }),
  ),
];

/** Ways to change A, B and C, which every proof has. */
const COMMON_MUTATIONS: readonly Mutation[] = [
  valid("rA and B/r", scaled),
  valid("B + s·delta and C + sA", moved),
  valid("both of these", (it) => moved(scaled(it))),
  valid("A and B negated", (it) =>
    withPoint(withPoint(it, "A", negated(it.proof, "A")), "B", negated(it.proof, "B")),
  ),
  ...coordinateMutations(0, 8),
  ...pointMutations(["A", "B", "C"]),
  invalid("A and C swapped", (it) =>
    withPoint(withPoint(it, "A", wordsAt(it.proof, "C")), "C", wordsAt(it.proof, "A")),
  ),
  invalid("B with the halves of its coordinates swapped", (it) => {
    const [x1 = 0n, x0 = 0n, y1 = 0n, y0 = 0n] = wordsAt(it.proof, "B");
    return withPoint(it, "B", [x0, x1, y0, y1]);
  }),
  invalid("B outside the subgroup", (it) => withPoint(it, "B", outsideSubgroup())),
  invalid("B plus a point of the cofactor", (it) =>
    withPoint(it, "B", g2Words(g2Point(wordsAt(it.proof, "B")).add(cofactorPoint()))),
  ),
  invalid("rA alone", (it) => withPoint(it, "A", wordsAt(scaled(it).proof, "A"))),
  invalid("C + sA alone", (it) => withPoint(it, "C", wordsAt(moved(it).proof, "C"))),
  invalid("all of another item's proof", (it, { same }) => ({ ...it, proof: same.proof })),
  invalid("all of another circuit's proof", (it, { foreign }) => ({ ...it, proof: foreign.proof })),
  invalid("all points at infinity", (it) => ({ ...it, proof: it.proof.map(() => 0n) })),
  invalid("a bit flipped", (it) => ({ ...it, proof: flipped(it.proof) })),
];

/** Ways to change one item's proof or signals. */
export const MUTATIONS: readonly Mutation[] = [
  ...COMMON_MUTATIONS,
  ...[1n, SCALAR_FIELD - 1n].map((step) =>
    invalid(`c ${step === 1n ? "plus" : "minus"} one`, (it) => ({
      ...it,
      commitment: (it.commitment + step) % SCALAR_FIELD,
    })),
  ),
  invalid("c plus the field's order", (it) => ({
    ...it,
    commitment: it.commitment + SCALAR_FIELD,
  })),
  invalid("c of another item", (it, { same }) => ({ ...it, commitment: same.commitment })),
  ...STATEMENT_MUTATIONS,
  invalid("a statement with the evidence of another", (it, { same }) => ({
    ...it,
    commitment: same.commitment,
    proof: same.proof,
  })),
];

/** Ways to change one item of a commit-and-prove circuit. */
export const COMMITTED_MUTATIONS: readonly Mutation[] = [
  ...COMMON_MUTATIONS,
  ...coordinateMutations(8, 12),
  ...pointMutations(["D", "Q"]),
  ...COMMITMENT_MUTATIONS,
  ...STATEMENT_MUTATIONS,
];
