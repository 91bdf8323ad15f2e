import type { ReactNode } from "react";
import { Link } from "wouter";
import type { ReleaseSibling } from "../../data/readRelease.ts";
import { StrangersText } from "../../ui/StrangersText.tsx";
import { Table } from "../../ui/Table.tsx";
import { Time } from "../../ui/Time.tsx";

/** All releases of a model, the newest first. */
export function ReleaseSiblings({
  current,
  siblings,
}: {
  readonly current: string;
  readonly siblings: readonly ReleaseSibling[];
}): ReactNode {
  return (
    <Table
      caption="Releases of this model, the newest first"
      columns={[
        {
          name: "Version",
          cell: ({ id, version }) =>
            id === current ? (
              <strong>
                <StrangersText text={version} /> (this one)
              </strong>
            ) : (
              <Link href={`/release/${id}`}>
                <StrangersText text={version} />
              </Link>
            ),
        },
        { name: "Published", cell: ({ publishedAt }) => <Time at={publishedAt} /> },
        {
          name: "Requests",
          cell: ({ requests }) => requests.toLocaleString("en-US"),
          align: "end",
        },
        {
          name: "Deprecated",
          cell: ({ deprecatedAt }) => (deprecatedAt === null ? "no" : <Time at={deprecatedAt} />),
        },
      ]}
      rows={siblings}
      keyOf={({ id }) => id}
      empty="No other release."
    />
  );
}
