/** How a model can be proven (docs/statement.md, sections 4 and 11). */
export type ProofSystem = "groth16" | "committedGroth16";

/** What a circuit costs its prover, as far as the choice goes. */
export type ComparedSystem = {
  readonly constraints: number;
  /** Witness and proof. */
  readonly seconds: number;
  readonly keyBytes: number;
};

export type SystemChoice = {
  readonly system: ProofSystem;
  /** In one line, with the figures that it rests on. */
  readonly why: string;
};

/** A proof by commit-and-prove is to take so many times less, and so many seconds less. */
export const LEAST_TIMES = 2;
export const LEAST_SECONDS = 1;

/**
 * What settling a commit-and-prove proof costs more than settling a plain one, in gas; `npm run test` holds it to
 * `test/snapshots/committedGas.json`.
 */
export const COMMITTED_GAS = 62_800;

/**
 * Chooses how a model is proven. Every answer by commit-and-prove costs more gas, so it is taken where its proof takes at most
 * half the time, saves a second at least and has no larger key; or where it alone is within the budget (docs/estimate.md).
 *
 * @param committed why there is none, where it is a text
 * @param budget constraints that a circuit may have
 */
export function chooseSystem(
  plain: ComparedSystem,
  committed: ComparedSystem | string,
  budget: number,
): SystemChoice {
  if (typeof committed === "string") return { system: "groth16", why: committed };
  const [isWithin, fits] = [plain, committed].map((it) => it.constraints <= budget);
  const figures = `${count(committed.constraints)} constraints for ${count(plain.constraints)}, a proof in ${duration(committed.seconds)} for ${duration(plain.seconds)}, a key of ${size(committed.keyBytes)} for ${size(plain.keyBytes)}`;
  const price = `${count(COMMITTED_GAS)} gas more for an answer`;
  if (fits && !isWithin) {
    return {
      system: "committedGroth16",
      why: `only commit-and-prove is within ${count(budget)} constraints: ${figures}, ${price}`,
    };
  }
  const isFaster =
    plain.seconds >= LEAST_TIMES * committed.seconds &&
    plain.seconds - committed.seconds >= LEAST_SECONDS;
  const isTaken = isFaster && committed.keyBytes <= plain.keyBytes && (fits || !isWithin);
  return isTaken
    ? { system: "committedGroth16", why: `commit-and-prove is worth ${price}: ${figures}` }
    : { system: "groth16", why: `commit-and-prove is not worth ${price}: ${figures}` };
}

function count(value: number): string {
  return value.toLocaleString("en-US");
}

function duration(seconds: number): string {
  return `${seconds.toFixed(seconds < 9.5 ? 1 : 0)} s`;
}

function size(bytes: number): string {
  return `${(bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)} MB`;
}
