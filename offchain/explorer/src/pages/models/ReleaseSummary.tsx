import { describePolicy } from "@vouch/protocol";
import type { ReactNode } from "react";
import { NO_CIRCUIT } from "../../data/listModels.ts";
import type { ReleaseRow } from "../../data/readRelease.ts";
import { Facts } from "../../ui/Facts.tsx";
import { Hash } from "../../ui/Hash.tsx";
import { StrangersText } from "../../ui/StrangersText.tsx";
import { Time } from "../../ui/Time.tsx";

const RUNTIMES: Readonly<Record<ReleaseRow["runtime"], string>> = {
  bitExact: "bit-exact: every honest operator gets the same bits",
  tolerant: "tolerant: honest operators may differ in the last places",
  sampled: "sampled: each run may give another answer",
};

/** Characters of a policy, a licence or an address that are shown. */
const MAX_TEXT = 2_000;

/** All that a release says of itself; whatever of it is text is the publisher's. */
export function ReleaseSummary({ release }: { readonly release: ReleaseRow }): ReactNode {
  return (
    <Facts
      items={[
        { name: "Id", value: <Hash value={release.id} /> },
        { name: "Version", value: <StrangersText text={release.version} /> },
        { name: "Publisher", value: <Hash value={release.publisher} /> },
        { name: "Published", value: <Time at={release.publishedAt} /> },
        { name: "Licence", value: <StrangersText text={release.licence} limit={MAX_TEXT} /> },
        {
          name: "Every answer must come with",
          value: <StrangersText text={describePolicy(release.floor)} limit={MAX_TEXT} />,
        },
        { name: "Runtime class", value: RUNTIMES[release.runtime] },
        { name: "Royalty", value: `${release.royaltyBps / 100} % of each fee` },
        {
          name: "Weights",
          value:
            BigInt(release.weights) === 0n ? "no commitment" : <Hash value={release.weights} />,
        },
        {
          name: "Circuit",
          value:
            release.circuit === NO_CIRCUIT ? (
              "none: no proof can be made of its answers"
            ) : (
              <Hash value={release.circuit} />
            ),
        },
        {
          name: "Scale of inputs and outputs",
          value: `2^-${release.inputFractionBits} and 2^-${release.outputFractionBits}`,
        },
        { name: "Content", value: <Hash value={release.content} /> },
        { name: "Manifest", value: <Hash value={release.manifest} /> },
        // An address of a stranger's is never a link.
        {
          name: "Where its files are said to be",
          value: <StrangersText text={release.uri} limit={MAX_TEXT} />,
        },
        { name: "Transaction", value: <Hash value={release.publishedTx} /> },
      ]}
    />
  );
}
