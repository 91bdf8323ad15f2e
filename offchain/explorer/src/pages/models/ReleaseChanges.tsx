import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { Link } from "wouter";
import type { ReadManifest } from "../../data/readManifest.ts";
import type { ReleaseRow } from "../../data/readRelease.ts";
import { readRelease } from "../../data/readRelease.ts";
import { compareManifests } from "../../release/compareManifests.ts";
import type { Change } from "../../release/compareReleases.ts";
import { compareReleases } from "../../release/compareReleases.ts";
import { Query } from "../../ui/Query.tsx";
import { StrangersText } from "../../ui/StrangersText.tsx";
import { manifestQuery } from "./manifestQuery.ts";
import "./releaseChanges.css";

/** What is another than in the release before, and what that means for who asks this one instead. */
export function ReleaseChanges({ release }: { readonly release: ReleaseRow }): ReactNode {
  const { previous } = release;
  const result = useQuery({
    queryKey: ["release", previous],
    queryFn: ({ signal }) => readRelease(previous ?? "", signal),
    enabled: previous !== null,
  });
  if (previous === null) return <p>This is the first release of the model.</p>;
  return (
    <Query result={result} what="the release before">
      {(before) =>
        before === null ? (
          <p>The indexer does not know the release before.</p>
        ) : (
          <Changes before={before} after={release} />
        )
      }
    </Query>
  );
}

function Changes({
  before,
  after,
}: {
  readonly before: ReleaseRow;
  readonly after: ReleaseRow;
}): ReactNode {
  const changes = compareReleases(before, after);
  return (
    <>
      <p>
        Compared with{" "}
        <Link href={`/release/${before.id}`}>
          version <StrangersText text={before.version} />
        </Link>
        .
      </p>
      {changes.length === 0 ? (
        <p>Nothing but the version is another.</p>
      ) : (
        <ChangeList changes={changes} />
      )}
      {before.manifest === after.manifest ? null : (
        <Described before={before.manifest} after={after.manifest} />
      )}
    </>
  );
}

function Described({
  before,
  after,
}: {
  readonly before: ReleaseRow["manifest"];
  readonly after: ReleaseRow["manifest"];
}): ReactNode {
  const old = useQuery(manifestQuery(before));
  const now = useQuery(manifestQuery(after));
  return (
    <>
      <h3>In the manifest</h3>
      <Query result={old} what="the manifest before">
        {(first) => (
          <Query result={now} what="the manifest">
            {(second) => <DescribedChanges before={first} after={second} />}
          </Query>
        )}
      </Query>
    </>
  );
}

function DescribedChanges({
  before,
  after,
}: {
  readonly before: ReadManifest;
  readonly after: ReadManifest;
}): ReactNode {
  if (!("manifest" in before) || !("manifest" in after))
    return <p>One of the two manifests is not here, so that what changed in it cannot be told.</p>;
  const changes = compareManifests(before.manifest, after.manifest);
  return changes.length === 0 ? (
    <p>Only figures of its report, or its name, are others.</p>
  ) : (
    <ChangeList changes={changes} />
  );
}

function ChangeList({ changes }: { readonly changes: readonly Change[] }): ReactNode {
  return (
    <dl className="changes">
      {changes.map(({ what, meaning, before, after }) => (
        <div key={what}>
          <dt>{what}</dt>
          <dd>{meaning}</dd>
          <dd className="changes-values">
            <del>
              <span className="changes-word">before: </span>
              <StrangersText text={before} limit={300} empty="empty" />
            </del>
            <ins>
              <span className="changes-word">now: </span>
              <StrangersText text={after} limit={300} empty="empty" />
            </ins>
          </dd>
        </div>
      ))}
    </dl>
  );
}
