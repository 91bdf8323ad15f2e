import type { ReactElement, ReactNode } from "react";
import { useEffect, useRef, useState, useTransition } from "react";
import { ResponsiveContainer } from "recharts";

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
  const [isSeen, setSeen] = useState(false);
  const [isDrawing, startDrawing] = useTransition();
  useEffect(() => {
    if (place.current === null) return;
    const observer = new IntersectionObserver((entries) => {
      if (!entries.some(({ isIntersecting }) => isIntersecting)) return;
      observer.disconnect();
      startDrawing(() => {
        setSeen(true);
      });
    });
    observer.observe(place.current);
    return () => {
      observer.disconnect();
    };
  }, []);
  return (
    <div ref={place} style={{ height }} aria-busy={isDrawing}>
      {isSeen ? (
        <ResponsiveContainer width="100%" height={height}>
          {children}
        </ResponsiveContainer>
      ) : null}
    </div>
  );
}
