import type { Offer, TextOffer } from "@vouch/gateway";
import type { Release, ReleaseCircuit, ReleaseId } from "@vouch/protocol";

/** A release that an operator can serve by HTTP. */
export type SoldRelease = {
  readonly id: ReleaseId;
  readonly release: Release;
  /** `null` where the release has none. */
  readonly circuit: ReleaseCircuit | null;
  /** `null` for tensors. */
  readonly text: TextOffer | null;
  /** Seconds since 1970 at which its bundle came here. */
  readonly created: number;
};

/**
 * Names releases as OpenAI's clients put them in `model`: by the model, else with the version, else by id; the first that is no other
 * release's id, model, or model with version. Publishers choose both, and could take a name that another is asked and priced by.
 */
export function namedReleases(
  releases: readonly SoldRelease[],
): readonly (SoldRelease & Pick<Offer, "name">)[] {
  const counts = new Map<string, number>();
  for (const it of releases)
    for (const name of new Set(namesOf(it))) counts.set(name, (counts.get(name) ?? 0) + 1);
  return releases.map((it) => ({
    ...it,
    name: namesOf(it).find((name) => counts.get(name) === 1) ?? it.id,
  }));
}

/** What a release could be called, the shortest first. */
function namesOf({ id, release: { model, version } }: SoldRelease): readonly string[] {
  return [model, `${model}@${version}`, id];
}
