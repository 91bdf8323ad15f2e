import type { ReactNode } from "react";
import type { Pages } from "../data/usePages.ts";
import { Button } from "./Button.tsx";
import "./pager.css";

/** The ways from one page of rows to those beside it. */
export function Pager({
  pages,
  what,
}: {
  readonly pages: Pick<Pages<unknown>, "number" | "toFirst" | "toPrevious" | "toNext">;
  /** What the rows are, for who hears the page: "models". */
  readonly what: string;
}): ReactNode {
  const { number, toFirst, toPrevious, toNext } = pages;
  if (toPrevious === undefined && toNext === undefined) return null;
  return (
    <nav className="pager" aria-label={`Pages of ${what}`}>
      <Way label="First" go={toFirst} />
      <Way label="Previous" go={toPrevious} />
      <span aria-live="polite">Page {number}</span>
      <Way label="Next" go={toNext} />
    </nav>
  );
}

function Way({
  label,
  go,
}: {
  readonly label: string;
  readonly go: (() => void) | undefined;
}): ReactNode {
  return (
    <Button
      isDisabled={go === undefined}
      onPress={() => {
        go?.();
      }}
    >
      {label}
    </Button>
  );
}
