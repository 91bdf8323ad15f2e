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
 * Names releases as OpenAI's clients put them in `model`: by the model where that is one release's, else with the version, else by id.
 */
export function namedReleases(
  releases: readonly SoldRelease[],
): readonly (SoldRelease & Pick<Offer, "name">)[] {
  const modelOf = ({ release: { model } }: SoldRelease): string => model;
  const versionOf = ({ release: { model, version } }: SoldRelease): string => `${model}@${version}`;
  const [models, versions] = [counted(releases, modelOf), counted(releases, versionOf)];
  return releases.map((it) => {
    const name = [modelOf(it)].find((model) => models.get(model) === 1) ?? versionOf(it);
    return { ...it, name: name === modelOf(it) || versions.get(name) === 1 ? name : it.id };
  });
}

function counted(
  releases: readonly SoldRelease[],
  nameOf: (release: SoldRelease) => string,
): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const it of releases) counts.set(nameOf(it), (counts.get(nameOf(it)) ?? 0) + 1);
  return counts;
}
