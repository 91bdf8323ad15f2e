import type { ReactElement, ReactNode } from "react";
import { useEffect, useRef, useState } from "react";
import { flushSync } from "react-dom";
import { ResponsiveContainer } from "recharts";
import { inTurn } from "./inTurn.ts";

type Drawing = "unseen" | "waits" | "drawn";

/** The place of a chart, which is drawn once some of it is on the screen: one takes a tenth of a second, and a page has several. */
export function Canvas({
  height,
  children,
}: {
  /** In pixels; kept from the start, so that nothing moves when the chart comes. */
  readonly height: number;
  readonly children: ReactElement;
}): ReactNode {
  const place = useRef<HTMLDivElement>(null);
  const [drawing, setDrawing] = useState<Drawing>("unseen");
  useEffect(() => {
    if (place.current === null) return;
    let leave: (() => void) | undefined;
    const observer = new IntersectionObserver((entries) => {
      if (!entries.some(({ isIntersecting }) => isIntersecting)) return;
      observer.disconnect();
      setDrawing("waits");
      leave = inTurn(() => {
        flushSync(() => {
          setDrawing("drawn");
        });
      });
    });
    observer.observe(place.current);
    return () => {
      observer.disconnect();
      leave?.();
    };
  }, []);
  return (
    <div ref={place} style={{ height }} aria-busy={drawing === "waits"}>
      {drawing === "drawn" ? (
        <ResponsiveContainer width="100%" height={height}>
          {children}
        </ResponsiveContainer>
      ) : null}
    </div>
  );
}
