import type { ReactNode } from "react";
import { useEffect, useRef } from "react";

/** Whether some page was shown before: the first one takes no focus from the browser. */
let isLater = false;

/** What is at one address, under its heading, which takes the focus when one comes to it: so a screen reader says where one is. */
export function Page({
  title,
  lead,
  children,
}: {
  readonly title: string;
  /** A sentence under the heading. */
  readonly lead?: ReactNode;
  readonly children: ReactNode;
}): ReactNode {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    if (isLater) heading.current?.focus();
    isLater = true;
  }, []);
  useEffect(() => {
    document.title = `${title} · Vouch explorer`;
  }, [title]);
  return (
    <>
      <h1 ref={heading} tabIndex={-1}>
        {title}
      </h1>
      {lead === undefined ? null : <p className="lead">{lead}</p>}
      {children}
    </>
  );
}
