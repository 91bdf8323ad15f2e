import type { Sampling } from "@vouch/protocol";

/** Numbers in [0, 1). */
export type Draw = () => number;

/** What of a request chooses tokens. */
export type TokenSampling = Pick<
  Sampling,
  "temperature" | "topP" | "topK" | "frequencyPenalty" | "presencePenalty"
>;

/**
 * Returns the next token, and undefined where the logits are not numbers. Penalties are OpenAI's:
 * `logit − count · frequency − (count > 0) · presence` over the tokens generated so far. At temperature zero the greatest
 * logit wins, the lower token where two are equal, and nothing is drawn. Otherwise tokens are put in order, greatest logit
 * first and lower token first, cut to `topK`, weighed by `exp((logit − greatest) / temperature)`, cut to the fewest whose
 * weights reach `topP` of their sum, and one draw `u` takes the first whose running sum exceeds `u` times that of the rest.
 */
export function chooseToken(
  logits: Float32Array,
  generated: readonly number[],
  sampling: TokenSampling,
  draw: Draw,
): number | undefined {
  const scores = penalized(logits, generated, sampling);
  if (scores.includes(Number.NaN)) return undefined;
  if (sampling.temperature === 0) return greatestOf(scores);
  const ordered = scores.slice().sort().reverse();
  const index = drawIndex(ordered, sampling, draw);
  return index === undefined ? undefined : tokenAt(scores, ordered, index);
}

function penalized(
  logits: Float32Array,
  generated: readonly number[],
  { frequencyPenalty, presencePenalty }: TokenSampling,
): Float64Array {
  const scores = Float64Array.from(logits);
  if (frequencyPenalty === 0 && presencePenalty === 0) return scores;
  const counts = new Map<number, number>();
  for (const token of generated) counts.set(token, (counts.get(token) ?? 0) + 1);
  for (const [token, count] of counts)
    scores[token] = (scores[token] ?? Number.NaN) - count * frequencyPenalty - presencePenalty;
  return scores;
}

function greatestOf(scores: Float64Array): number | undefined {
  let best: number | undefined;
  let greatest = Number.NEGATIVE_INFINITY;
  scores.forEach((score, token) => {
    if (score > greatest) [best, greatest] = [token, score];
  });
  return best;
}

/** Returns the place in the order that one draw takes. */
function drawIndex(
  ordered: Float64Array,
  { temperature, topP, topK }: TokenSampling,
  draw: Draw,
): number | undefined {
  const greatest = ordered[0] ?? Number.NaN;
  if (!Number.isFinite(greatest)) return undefined;
  let sum = 0;
  const sums = ordered
    .subarray(0, topK === 0 ? ordered.length : topK)
    .map((score) => (sum += Math.exp((score - greatest) / temperature)));
  const reached = sums.findIndex((it) => it >= topP * sum);
  const drawn = draw() * (sums[reached] ?? sum);
  return sums.findIndex((it) => it > drawn);
}

/** Returns the token at a place in the order: of equal scores, the lower token comes first. */
function tokenAt(scores: Float64Array, ordered: Float64Array, index: number): number | undefined {
  const score = ordered[index];
  if (score === undefined) return undefined;
  let token = scores.indexOf(score);
  for (let i = ordered.indexOf(score); i < index; i++) token = scores.indexOf(score, token + 1);
  return token;
}
