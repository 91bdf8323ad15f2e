import { ProverError } from "../errors.ts";
import { readPhaseTwoKey } from "./phaseTwoKey.ts";
import { verifyContributions } from "./verifyContributions.ts";
import type { VerifiedContribution, VerifyContributionsOptions } from "./verifyContributions.ts";

/**
 * Verifies that `next` follows from `current`, a key that was verified, by exactly one contribution with a secret, made
 * under `name`. The comparison of the points is with the initial key, so that it costs the same however many contributed.
 *
 * @throws {ProverError} those of `verifyContributions`; `CONTRIBUTION_INVALID` where it is not the one expected.
 */
export async function verifyNext(
  keys: { readonly initial: string; readonly current: string; readonly next: string },
  name: string,
  options: Omit<VerifyContributionsOptions, "verified"> = {},
): Promise<VerifiedContribution> {
  const current = await readPhaseTwoKey(keys.current);
  const { contributions } = (await readPhaseTwoKey(keys.next)).records;
  const number = current.records.contributions.length + 1;
  const refuse = (reason: string): ProverError =>
    new ProverError({ code: "CONTRIBUTION_INVALID", number, reason });
  if (contributions.length !== number) {
    throw refuse(`the key has ${contributions.length} contributions, not ${number}`);
  }
  const own = contributions[number - 1];
  if (own?.beacon !== undefined) throw refuse("it is a beacon");
  if (own?.name !== name) throw refuse("it is under another name");
  const verified = current.records;
  const results = await verifyContributions(keys.initial, keys.next, { ...options, verified });
  const last = results.at(-1);
  if (last === undefined) throw refuse("there is none");
  return last;
}
