import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { Link, useParams } from "wouter";
import type { RequestHistory } from "../../data/readRequest.ts";
import { readRequest } from "../../data/readRequest.ts";
import { isWorthless } from "../../evidence/explainEvidence.ts";
import { explainStatus } from "../../evidence/explainStatus.ts";
import { Assurance } from "../../ui/Assurance.tsx";
import { Facts } from "../../ui/Facts.tsx";
import { Hash } from "../../ui/Hash.tsx";
import { Note } from "../../ui/Note.tsx";
import { Page } from "../../ui/Page.tsx";
import { Query } from "../../ui/Query.tsx";
import { Section } from "../../ui/Section.tsx";
import { StatusBadge } from "../../ui/StatusBadge.tsx";
import { StrangersText } from "../../ui/StrangersText.tsx";
import { Time } from "../../ui/Time.tsx";
import { assuranceOf, RequestEvidence } from "./RequestEvidence.tsx";
import { RequestDisputes } from "./RequestDisputes.tsx";
import { RequestMoney } from "./RequestMoney.tsx";
import { RequestPolicy } from "./RequestPolicy.tsx";
import { RequestReceipt } from "./RequestReceipt.tsx";
import { RequestTimeline } from "./RequestTimeline.tsx";
import { RequestWords } from "./RequestWords.tsx";

/** One inference that was asked for: what became of it, and what its answer rests on. */
export function RequestPage(): ReactNode {
  const { id } = useParams<{ id: string }>();
  const isId = /^0x[0-9a-fA-F]{64}$/.test(id);
  const result = useQuery({
    queryKey: ["request", id.toLowerCase()],
    queryFn: ({ signal }) => readRequest(id, signal),
    enabled: isId,
  });
  return (
    <Page title={isId ? `Request ${id.slice(0, 10)}…` : "Request"}>
      {isId ? (
        <Query result={result} what="the request">
          {(found) => (found === null ? <Unknown /> : <Found history={found} />)}
        </Query>
      ) : (
        <p>This is no id of a request: it has 0x and 64 hexadecimal digits.</p>
      )}
    </Page>
  );
}

function Unknown(): ReactNode {
  return (
    <p>
      The indexer knows no such request. One that was just asked for appears after the next block;
      one that a gateway sold without the chain has a receipt alone, which{" "}
      <a href="/verify">Verify</a> reads.
    </p>
  );
}

function Found({ history }: { readonly history: RequestHistory }): ReactNode {
  const { request, release, steps, cut, slashes, disputes } = history;
  const assurance = assuranceOf(request);
  const story = explainStatus({
    ...request,
    worthless: assurance !== null && isWorthless(assurance),
  });
  return (
    <>
      <Note tone={story.tone} title={story.title}>
        {story.text}
      </Note>
      <Section title="In short">
        <Facts
          items={[
            { name: "Id", value: <Hash value={request.id} /> },
            { name: "Status", value: <StatusBadge status={request.status} /> },
            {
              name: "Release",
              value: (
                <Link href={`/release/${request.release}`}>
                  {release === null ? (
                    request.release
                  ) : (
                    <>
                      <StrangersText text={release.model} />{" "}
                      <StrangersText text={release.version} />
                    </>
                  )}
                </Link>
              ),
            },
            {
              name: "Rests on",
              value:
                request.kinds === null ? (
                  "nothing yet"
                ) : (
                  <Assurance kinds={request.kinds} flags={request.flags ?? 0} />
                ),
            },
            { name: "Requester", value: <Hash value={request.requester} /> },
            {
              name: "Operator",
              value:
                request.operator === null ? (
                  "none yet"
                ) : (
                  <Hash value={request.operator} href={`/operator/${request.operator}`} />
                ),
            },
            { name: "Asked", value: <Time at={request.askedAt} /> },
            {
              name: "Answered",
              value: request.answeredAt === null ? "not yet" : <Time at={request.answeredAt} />,
            },
            { name: "Answer by", value: <Time at={request.deadline} /> },
          ]}
        />
      </Section>
      <Section title="Evidence" lead="What each piece proves, and what it does not.">
        <RequestEvidence request={request} />
      </Section>
      <Section title="Receipt">
        <RequestReceipt key={request.id} request={request} />
      </Section>
      <Section title="Timeline">
        <RequestTimeline request={request} steps={steps} cut={cut} />
      </Section>
      {disputes.length === 0 ? null : (
        <Section title="Disputes">
          <RequestDisputes disputes={disputes} />
        </Section>
      )}
      <Section title="Policy">
        <RequestPolicy request={request} release={release} />
      </Section>
      <Section title="Input and output" lead="Read from the chain, not from the indexer.">
        <RequestWords request={request} />
      </Section>
      <Section title="Money">
        <RequestMoney request={request} slashes={slashes} />
      </Section>
    </>
  );
}
