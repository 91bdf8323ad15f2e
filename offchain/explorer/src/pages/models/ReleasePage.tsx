import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useState } from "react";
import { Link, useParams } from "wouter";
import type { ReleaseRow } from "../../data/readRelease.ts";
import { readRelease, readSurroundings } from "../../data/readRelease.ts";
import { Note } from "../../ui/Note.tsx";
import { Page } from "../../ui/Page.tsx";
import { Query } from "../../ui/Query.tsx";
import { Section } from "../../ui/Section.tsx";
import { StrangersText } from "../../ui/StrangersText.tsx";
import { Time } from "../../ui/Time.tsx";
import { plainText } from "../../ui/visibleText.ts";
import { ReleaseChanges } from "./ReleaseChanges.tsx";
import { ReleaseManifest } from "./ReleaseManifest.tsx";
import { ReleaseSetup } from "./ReleaseSetup.tsx";
import { ReleaseSiblings } from "./ReleaseSiblings.tsx";
import { ReleaseSummary } from "./ReleaseSummary.tsx";
import { ReleaseUse } from "./ReleaseUse.tsx";

const DAY = 86_400;
const DAYS = 90;
/** Characters of a publisher's reason that are shown. */
const MAX_REASON = 1_000;

/** One release: what it is, what changed, how well it does, what it costs and what its answers rest on. */
export function ReleasePage(): ReactNode {
  const { id } = useParams<{ id: string }>();
  const isId = /^0x[0-9a-fA-F]{64}$/.test(id);
  const result = useQuery({
    queryKey: ["release", id.toLowerCase()],
    queryFn: ({ signal }) => readRelease(id, signal),
    enabled: isId,
  });
  const name = result.data?.model;
  return (
    <Page title={name === undefined ? "Release" : plainText(name)}>
      {isId ? (
        <Query result={result} what="the release">
          {(release) =>
            release === null ? (
              <p>The indexer knows no such release.</p>
            ) : (
              <Found key={release.id} release={release} />
            )
          }
        </Query>
      ) : (
        <p>This is no id of a release: it has 0x and 64 hexadecimal digits.</p>
      )}
    </Page>
  );
}

function Found({ release }: { readonly release: ReleaseRow }): ReactNode {
  const [since] = useState(() => Math.floor(Date.now() / 1_000 / DAY - DAYS) * DAY);
  const around = useQuery({
    queryKey: ["surroundings", release.id],
    queryFn: ({ signal }) => readSurroundings(release, since, signal),
  });
  return (
    <>
      {release.deprecatedAt === null ? null : <Deprecated release={release} />}
      <p>
        <Link href={`/try?release=${release.id}`}>Try this release</Link>
        {" · "}
        <Link href={`/requests?release=${release.id}`}>Its requests</Link>
      </p>
      <Section title="Release">
        <ReleaseSummary release={release} />
      </Section>
      <Section title="Changed since the release before">
        <ReleaseChanges release={release} />
      </Section>
      <Query result={around} what="its use">
        {({ siblings, circuit, attestations, days, fees }) => (
          <>
            <Section title="Price and use">
              <ReleaseUse release={release} days={days} fees={fees} />
            </Section>
            <Section title="Set-up of the circuit">
              <ReleaseSetup circuit={circuit} attestations={attestations} />
            </Section>
            <Section title="All releases of the model">
              <ReleaseSiblings current={release.id} siblings={siblings} />
            </Section>
          </>
        )}
      </Query>
      <ReleaseManifest release={release} />
    </>
  );
}

function Deprecated({ release }: { readonly release: ReleaseRow }): ReactNode {
  const { deprecation, deprecatedAt, successor } = release;
  return (
    <Note tone="warning" title="Deprecated by its publisher">
      {deprecatedAt === null ? null : <Time at={deprecatedAt} />}. Reason given:{" "}
      <StrangersText text={deprecation ?? ""} limit={MAX_REASON} empty="none" />.{" "}
      {successor === null || BigInt(successor) === 0n ? (
        "No release is named to follow it."
      ) : (
        <Link href={`/release/${successor}`}>The release that follows it</Link>
      )}
    </Note>
  );
}
