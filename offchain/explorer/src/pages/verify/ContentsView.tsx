import type { ReactNode } from "react";
import { Link } from "wouter";
import { Facts } from "../../ui/Facts.tsx";
import { Hash } from "../../ui/Hash.tsx";
import { StrangersText } from "../../ui/StrangersText.tsx";
import type { DecodedWords } from "../../chain/decodeWords.ts";
import type { ReceiptContents } from "./verdict.ts";

/** More numbers than anybody reads. */
const SHOWN = 64;

/** What a receipt says: what was asked, what was answered, by whom. All of it is strangers' text. */
export function ContentsView({ contents }: { readonly contents: ReceiptContents }): ReactNode {
  const { text, execution } = contents;
  return (
    <>
      {text === null ? null : (
        <div className="transcript">
          {text.prompt.map((it, index) => (
            <figure key={index}>
              <figcaption>
                <StrangersText text={it.role} limit={40} />
              </figcaption>
              <blockquote>
                <StrangersText text={it.text} lines limit={20_000} />
              </blockquote>
            </figure>
          ))}
          <figure className="transcript-answer">
            <figcaption>answer ({text.finish})</figcaption>
            <blockquote>
              <StrangersText text={text.answer} lines limit={20_000} />
            </blockquote>
          </figure>
        </div>
      )}
      <Facts
        items={[
          {
            name: "Model",
            value: <StrangersText text={`${contents.model} ${contents.version}`} limit={200} />,
          },
          {
            name: "Release",
            value: <Hash value={contents.release} href={`/release/${contents.release}`} />,
          },
          {
            name: "Request",
            value: <Hash value={contents.request} href={`/request/${contents.request}`} />,
          },
          {
            name: "Operator",
            value: <Hash value={contents.operator} href={`/operator/${contents.operator}`} />,
          },
          { name: "Chain", value: contents.chainId },
          { name: "Input", value: <Words decoded={contents.input} words={contents.inputWords} /> },
          {
            name: "Output",
            value: <Words decoded={contents.output} words={contents.outputWords} />,
          },
          ...(execution === null
            ? []
            : [{ name: "Ran by", value: <StrangersText text={execution} limit={400} /> }]),
        ]}
      />
      <p>
        <Link href={`/request/${contents.request}`}>See the request on this page’s chain</Link>
      </p>
    </>
  );
}

/** Numbers where there are any, and the words that they stand in. */
export function Words({
  decoded,
  words,
}: {
  readonly decoded: DecodedWords;
  readonly words: readonly string[];
}): ReactNode {
  return (
    <>
      <DecodedView decoded={decoded} />
      <details>
        <summary>
          {words.length} {words.length === 1 ? "word" : "words"} as signed
        </summary>
        <ol className="words">
          {words.slice(0, SHOWN).map((it, index) => (
            <li key={index}>
              <code>{it}</code>
            </li>
          ))}
        </ol>
        {words.length > SHOWN ? <p>… and {words.length - SHOWN} more</p> : null}
      </details>
    </>
  );
}

function DecodedView({ decoded }: { readonly decoded: DecodedWords }): ReactNode {
  switch (decoded.status) {
    case "numbers": {
      const rest = decoded.values.length - SHOWN;
      const shown = decoded.values.slice(0, SHOWN).map((it) => String(Number(it.toPrecision(6))));
      return (
        <span className="numbers">
          {shown.join(", ")}
          {rest > 0 ? ` … and ${rest} more` : ""}
        </span>
      );
    }
    case "committed":
      return <span>A commitment: the numbers are not in the receipt.</span>;
    case "hashes":
      return <span>Hashes of a language model’s text.</span>;
    case "malformed":
      return <span>Not numbers: {decoded.reason}</span>;
  }
}
