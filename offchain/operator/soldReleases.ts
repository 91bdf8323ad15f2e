import { statSync } from "node:fs";
import { join } from "node:path";
import type { ReleaseId } from "@vouch/protocol";
import type { Home } from "@vouch/publisher";
import { readDescription } from "@vouch/publisher";
import type { SoldRelease } from "./prices/soldRelease.ts";
import type { SoldText } from "./texts.ts";

/**
 * Returns what an operator can sell: the releases of tensors that its worker serves, and those of text.
 *
 * @throws {PublisherError} `BUNDLE_MISSING`, `BUNDLE_MALFORMED`.
 */
export function soldReleases(
  home: Pick<Home, "releases" | "texts">,
  tensors: readonly ReleaseId[],
  texts: ReadonlyMap<ReleaseId, SoldText>,
): readonly SoldRelease[] {
  return [
    ...tensors.map((id) => {
      const { release, circuit } = readDescription(home.releases, id);
      return { id, release, circuit, text: null, created: createdIn(home.releases, id) };
    }),
    ...[...texts].map(
      ([
        id,
        {
          release: { release },
          offer,
        },
      ]) => ({
        ...{ id, release, circuit: null, text: offer, created: createdIn(home.texts, id) },
      }),
    ),
  ];
}

function createdIn(folder: string, id: ReleaseId): number {
  return Math.floor(statSync(join(folder, id)).mtimeMs / 1_000);
}
