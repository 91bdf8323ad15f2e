import type { ReactNode } from "react";
import "./note.css";

const WORDS = { info: "Note", good: "Good", warning: "Warning", danger: "Danger" } as const;

/** Something that must not be read over; its tone is said in words too. */
export function Note({
  tone,
  title,
  children,
}: {
  readonly tone: keyof typeof WORDS;
  readonly title: string;
  readonly children?: ReactNode;
}): ReactNode {
  return (
    <div className="note" data-tone={tone} role="note">
      <p className="note-title">
        <span className="note-tone">{WORDS[tone]}: </span>
        {title}
      </p>
      {children}
    </div>
  );
}
