import type { Question } from "./askOnce.ts";
import type { Catalog, Listed } from "./publishCatalog.ts";

const GWEI = 10n ** 9n;
const FEE = 200_000n * GWEI;
const WINDOW = 6 * 3_600;

/** What is asked each day: what a policy is met by decides how long it takes, so that proofs and panels are the rarer. */
const POLICIES = [
  "signature",
  "tee:UpToDate,simulated",
  "signature",
  `optimistic:${WINDOW}:any`,
  "zk:any+signature",
  "signature",
  "quorum:2of3",
] as const;

/** Returns what is asked on a day, by nothing but its number: `count` questions, more of them towards the end. */
export function everydayQuestions(
  day: number,
  {
    count,
    catalog,
    network,
  }: {
    readonly count: number;
    readonly catalog: Pick<Catalog, "tree" | "eth" | "brent" | "digits">;
    /** The second release of the tree's model, once it is published. */
    readonly network: Listed | undefined;
  },
): readonly Question[] {
  const credit = network ?? catalog.tree;
  const models = [catalog.eth, credit, catalog.digits, catalog.brent, credit];
  const asked = count + Math.floor(day / 5);
  return Array.from({ length: asked }, (_, index) => {
    const turn = day * 11 + index * 4;
    const policy = POLICIES[(day + index) % POLICIES.length] ?? "signature";
    // A floor that asks for a signature is met by no panel, which signs nothing.
    const listed = policy.startsWith("quorum")
      ? catalog.eth
      : (models[turn % models.length] ?? credit);
    return {
      ...{ listed, policy, row: turn % 24, nonce: BigInt(day * 100 + index + 1) },
      fee: FEE * BigInt(1 + (turn % 9)),
    };
  });
}
