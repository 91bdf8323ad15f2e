import type { ReactNode } from "react";
import "./strangersText.css";
import { visibleText } from "./visibleText.ts";

/**
 * Text that somebody else wrote: kept apart from the page's own (`bdi`), with what is invisible made visible, and clipped.
 * It is never markup.
 */
export function StrangersText({
  text,
  limit,
  lines = false,
  empty = "(none)",
}: {
  readonly text: string;
  readonly limit?: number;
  /** Whether line breaks are kept, as of a prompt. */
  readonly lines?: boolean;
  /** Stands for an empty text. */
  readonly empty?: string;
}): ReactNode {
  if (text === "") return <span className="strange-empty">{empty}</span>;
  const { pieces, clipped } = visibleText(text, {
    lines,
    ...(limit === undefined ? {} : { limit }),
  });
  return (
    <bdi className={lines ? "strange strange-lines" : "strange"}>
      {pieces.map((it, index) =>
        it.kind === "text" ? (
          <span key={index}>{it.text}</span>
        ) : (
          <span key={index} className="strange-hidden">
            <span className="strange-word">invisible character </span>
            {it.code}
          </span>
        ),
      )}
      {clipped === 0 ? null : (
        <span className="strange-clipped">
          {" "}
          … {clipped.toLocaleString("en-US")} more characters
        </span>
      )}
    </bdi>
  );
}
