import type { KeyboardEvent, PointerEvent, ReactNode } from "react";
import { useEffect, useId, useRef, useState } from "react";
import { Button } from "../../ui/Button.tsx";
import type { Drawing, Spot } from "./drawing.ts";
import { blankDrawing, centred, stroke, toggle } from "./drawing.ts";

const MOVES: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

/** A pad to draw a small grey picture on, by pointer or by keyboard. */
export function ImagePad({
  drawing,
  onChange,
}: {
  readonly drawing: Drawing;
  readonly onChange: (drawing: Drawing) => void;
}): ReactNode {
  const { width, height, ink } = drawing;
  const canvas = useRef<HTMLCanvasElement>(null);
  const last = useRef<Spot | null>(null);
  const latest = useRef(drawing);
  const [cursor, setCursor] = useState({ column: width >> 1, row: height >> 1 });
  const [isFocused, setFocused] = useState(false);
  const id = useId();
  latest.current = drawing;

  useEffect(() => {
    const context = canvas.current?.getContext("2d");
    if (context == null) return;
    const image = context.createImageData(width, height);
    ink.forEach((it, index) => {
      image.data.fill(Math.round(it * 255), index * 4, index * 4 + 3);
      image.data[index * 4 + 3] = 255;
    });
    context.putImageData(image, 0, 0);
    if (!isFocused) return;
    context.fillStyle = "rgb(255 80 80 / 60%)";
    context.fillRect(cursor.column, cursor.row, 1, 1);
  }, [ink, width, height, cursor, isFocused]);

  function spotOf({ currentTarget, clientX, clientY }: PointerEvent<HTMLCanvasElement>): Spot {
    const box = currentTarget.getBoundingClientRect();
    return {
      x: ((clientX - box.left) / box.width) * width,
      y: ((clientY - box.top) / box.height) * height,
    };
  }

  function draw(from: Spot, to: Spot): void {
    latest.current = stroke(latest.current, from, to); // several moves may come before the next render
    onChange(latest.current);
  }

  function press(event: KeyboardEvent): void {
    const move = MOVES[event.key];
    if (move !== undefined) {
      const column = Math.min(width - 1, Math.max(0, cursor.column + move[0]));
      const row = Math.min(height - 1, Math.max(0, cursor.row + move[1]));
      if (event.shiftKey)
        draw({ x: cursor.column + 0.5, y: cursor.row + 0.5 }, { x: column + 0.5, y: row + 0.5 });
      setCursor({ column, row });
    } else if (event.key === " ") {
      onChange(toggle(drawing, cursor.column, cursor.row));
    } else return;
    event.preventDefault();
  }

  const at = ink[cursor.row * width + cursor.column] ?? 0;
  return (
    <div className="pad">
      <canvas
        ref={canvas}
        width={width}
        height={height}
        tabIndex={0}
        role="application"
        aria-label={`Picture of ${width} by ${height}`}
        aria-describedby={id}
        onKeyDown={press}
        onFocus={() => {
          setFocused(true);
        }}
        onBlur={() => {
          setFocused(false);
        }}
        onPointerDown={(event) => {
          event.currentTarget.setPointerCapture(event.pointerId);
          const spot = spotOf(event);
          last.current = spot;
          draw(spot, spot);
        }}
        onPointerMove={(event) => {
          if (last.current === null) return;
          const spot = spotOf(event);
          draw(last.current, spot);
          last.current = spot;
        }}
        onPointerUp={() => {
          last.current = null;
        }}
        onPointerCancel={() => {
          last.current = null;
        }}
      />
      <p id={id} className="pad-help">
        Draw with a finger, a pen or a mouse. By keyboard: arrows move, Shift and an arrow draws,
        the space bar inks one cell or clears it.
      </p>
      <p aria-live="polite" className="pad-said">
        {isFocused
          ? `Row ${cursor.row + 1}, column ${cursor.column + 1}: ${at > 0 ? "inked" : "empty"}`
          : ""}
      </p>
      <p className="buttons">
        <Button
          onPress={() => {
            onChange(centred(drawing));
          }}
        >
          Move to the middle
        </Button>{" "}
        <Button
          onPress={() => {
            onChange(blankDrawing(width, height));
          }}
        >
          Clear
        </Button>
      </p>
    </div>
  );
}
