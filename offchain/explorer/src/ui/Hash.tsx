import type { ReactNode } from "react";
import { useState } from "react";
import { Link } from "wouter";
import { shortHash } from "./format.ts";
import "./hash.css";

/** How long it says that it copied, in milliseconds. */
const SAID_MS = 1_500;
/** Signs beyond which it is broken into lines where a screen is narrow. */
const LONG = 20;

/** An id, a hash or an address: shortened to read, whole to copy. */
export function Hash({
  value,
  href,
  chars,
}: {
  readonly value: string;
  /** Where the page tells more of it. */
  readonly href?: string;
  /** Digits at each end. */
  readonly chars?: number;
}): ReactNode {
  const [said, setSaid] = useState("");
  const short = shortHash(value, chars);
  const copy = (): void => {
    const done = navigator.clipboard.writeText(value).then(
      () => "copied",
      () => "not copied: the browser refused",
    );
    void done.then((word) => {
      setSaid(word);
      setTimeout(() => {
        setSaid("");
      }, SAID_MS);
    });
  };
  return (
    <span className="hash" data-long={short.length > LONG}>
      {href === undefined ? (
        <code title={value}>{short}</code>
      ) : (
        <Link href={href} title={value}>
          <code>{short}</code>
        </Link>
      )}
      <button type="button" className="hash-copy" onClick={copy} aria-label={`Copy ${short}`}>
        <svg viewBox="0 0 16 16" width="14" height="14" aria-hidden="true">
          <path
            d="M5 5V2.5h8.5V11H11M2.5 5H11v8.5H2.5z"
            fill="none"
            stroke="currentColor"
            strokeWidth="1.4"
          />
        </svg>
      </button>
      <span role="status" className="hash-said">
        {said}
      </span>
    </span>
  );
}
