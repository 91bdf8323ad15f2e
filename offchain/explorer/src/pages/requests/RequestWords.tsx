import { useQuery } from "@tanstack/react-query";
import { wordToHex } from "@vouch/protocol";
import type { ReactNode } from "react";
import type { ShownWords } from "../../chain/readAnswer.ts";
import type { RequestDetails } from "../../data/readRequest.ts";
import { Query } from "../../ui/Query.tsx";
import { Table } from "../../ui/Table.tsx";
import { answerQuery } from "./answerQuery.ts";
import "./requestWords.css";

/** Rows of a table of numbers, and words that are written out. */
const MAX_ROWS = 64;

/** What went in and what came out: as numbers, and as the words that the statement hashes. Both come from the chain. */
export function RequestWords({ request }: { readonly request: RequestDetails }): ReactNode {
  return (
    <Query result={useQuery(answerQuery(request))} what="input and output from the chain">
      {(answer) =>
        answer === null ? (
          <p>The chain knows nothing of this request.</p>
        ) : (
          <>
            <div className="words-sides">
              <Side title="Input" shown={answer.input} />
              {answer.output === null ? (
                <div>
                  <h3>Output</h3>
                  <p>There is no answer yet.</p>
                </div>
              ) : (
                <Side title="Output" shown={answer.output} />
              )}
            </div>
            {answer.evidence.map(({ kind, data, parts }, index) => (
              <details key={index} className="words">
                <summary>Evidence as the contract took it: {kind}</summary>
                {parts.length === 0 ? null : (
                  <dl>
                    {parts.map(({ name, value }) => (
                      <div key={name}>
                        <dt>{name}</dt>
                        <dd className="mono">{value}</dd>
                      </div>
                    ))}
                  </dl>
                )}
                <p className="mono">{data}</p>
              </details>
            ))}
          </>
        )
      }
    </Query>
  );
}

function Side({ title, shown }: { readonly title: string; readonly shown: ShownWords }): ReactNode {
  const { words, decoded } = shown;
  return (
    <div>
      <h3>{title}</h3>
      <Decoded title={title} decoded={decoded} />
      <details className="words">
        <summary>
          {words.length === 1 ? "One word" : `${words.length.toLocaleString("en-US")} words`}, raw
        </summary>
        <ol>
          {words.slice(0, MAX_ROWS).map((word, index) => (
            <li key={index} className="mono">
              {wordToHex(word)}
            </li>
          ))}
        </ol>
        {words.length > MAX_ROWS ? <p>The receipt has them all.</p> : null}
      </details>
    </div>
  );
}

function Decoded({
  title,
  decoded,
}: {
  readonly title: string;
  readonly decoded: ShownWords["decoded"];
}): ReactNode {
  switch (decoded.status) {
    case "committed":
      return <p>A commitment: whoever made it knows the numbers, and the chain does not.</p>;
    case "hashes":
      return (
        <p>
          Hashes, for the release has no circuit that says how words are read. Of a language model
          the receipt that the gateway gives out has the text.
        </p>
      );
    case "malformed":
      return <p>They are not in the form that the release demands: {decoded.reason}</p>;
    case "numbers": {
      const rows = decoded.values.slice(0, MAX_ROWS).map((value, index) => ({ value, index }));
      return (
        <>
          <Table
            caption={`${title}, element by element`}
            columns={[
              { name: "Element", cell: ({ index }) => index, align: "end" },
              { name: "Value", cell: ({ value }) => String(value), align: "end" },
            ]}
            rows={rows}
            keyOf={({ index }) => String(index)}
            empty="No elements."
          />
          {decoded.values.length > MAX_ROWS ? (
            <p>
              The first {MAX_ROWS} of {decoded.values.length.toLocaleString("en-US")} elements.
            </p>
          ) : null}
        </>
      );
    }
  }
}
