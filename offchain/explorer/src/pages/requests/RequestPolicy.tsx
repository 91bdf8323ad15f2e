import { describeAssurance, describePolicy } from "@vouch/protocol";
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import type { ReleaseOfRequest, RequestDetails } from "../../data/readRequest.ts";
import { Facts } from "../../ui/Facts.tsx";
import { Query } from "../../ui/Query.tsx";
import { StrangersText } from "../../ui/StrangersText.tsx";
import { assuranceOf } from "./RequestEvidence.tsx";
import { answerQuery } from "./answerQuery.ts";

/** Characters of a policy that are shown: more than any that somebody reads. */
const MAX_POLICY = 2_000;

/** What was demanded against what was verified, and whom one trusts who takes it for enough. */
export function RequestPolicy({
  request,
  release,
}: {
  readonly request: RequestDetails;
  readonly release: ReleaseOfRequest | null;
}): ReactNode {
  const assurance = assuranceOf(request);
  const answer = useQuery(answerQuery(request));
  return (
    <>
      <Facts
        items={[
          {
            name: "The requester demanded",
            value: <StrangersText text={describePolicy(request.policy)} limit={MAX_POLICY} />,
          },
          {
            name: "The release demands of every answer",
            value:
              release === null ? (
                "unknown"
              ) : (
                <StrangersText text={describePolicy(release.floor)} limit={MAX_POLICY} />
              ),
          },
          {
            name: "The contract verified",
            value: assurance === null ? "nothing yet" : describeAssurance(assurance),
          },
        ]}
      />
      <h3>Whom one trusts who takes this for enough</h3>
      <Query result={answer} what="the policy from the chain">
        {(found) =>
          found === null ? (
            <p>The chain knows nothing of this request.</p>
          ) : (
            <ul>
              {found.clauses.map(({ clause, by, trust }, index) => (
                <li key={index}>
                  <strong>
                    <StrangersText text={clause} limit={MAX_POLICY} />
                  </strong>
                  {by === "publisher" ? " (the release's own demand): " : ": "}
                  {trust}
                </li>
              ))}
            </ul>
          )
        }
      </Query>
    </>
  );
}
