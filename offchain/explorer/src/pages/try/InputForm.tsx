import type { ReactNode } from "react";
import { useEffect, useId, useState } from "react";
import { StrangersText } from "../../ui/StrangersText.tsx";
import { TextField } from "../../ui/TextField.tsx";
import type { Drawing } from "./drawing.ts";
import { blankDrawing, toTensor } from "./drawing.ts";
import type { FormModel, NumberField } from "./formModel.ts";
import { ImagePad } from "./ImagePad.tsx";
import { readFields, readList } from "./readNumbers.ts";

/** What goes into a request, or why it cannot yet. */
export type Filled =
  | { readonly status: "numbers"; readonly values: readonly number[] }
  | { readonly status: "text"; readonly text: string }
  | { readonly status: "wrong"; readonly reason: string };

type Usable = Exclude<FormModel, { readonly kind: "impossible" }>;

/** A form for one release: fields, a picture, a list or a text, as its input is. */
export function InputForm({
  model,
  onFilled,
}: {
  readonly model: Usable;
  readonly onFilled: (filled: Filled) => void;
}): ReactNode {
  switch (model.kind) {
    case "numbers":
      return <NumberForm fields={model.fields} onFilled={onFilled} />;
    case "image":
      return <ImageForm {...model} onFilled={onFilled} />;
    case "list":
      return <ListForm {...model} onFilled={onFilled} />;
    case "text":
      return <TextForm onFilled={onFilled} />;
  }
}

type Told = { readonly onFilled: (filled: Filled) => void };

function NumberForm({
  fields,
  onFilled,
}: Told & { readonly fields: readonly NumberField[] }): ReactNode {
  const [typed, setTyped] = useState<readonly string[]>(() =>
    fields.map(({ min, max }) => String(Math.min(max, Math.max(min, 0)))),
  );
  const id = useId();
  const read = readFields(fields, typed);
  useEffect(() => {
    onFilled(readFields(fields, typed));
  }, [fields, typed, onFilled]);
  const set = (index: number, value: string): void => {
    setTyped(typed.map((it, i) => (i === index ? value : it)));
  };
  return (
    <>
      <div className="number-fields">
        {fields.map(({ name, min, max, step }, index) => {
          const isWrong = read.status === "wrong" && read.index === index;
          return (
            <div key={index} className="number-field">
              <label htmlFor={`${id}-${index}`}>
                <StrangersText text={name} limit={80} />
              </label>
              <input
                type="range"
                aria-label={`${name}, slider`}
                {...{ min, max, step }}
                value={Number(typed[index]) || 0}
                onChange={({ target }) => {
                  set(index, target.value);
                }}
              />
              <input
                id={`${id}-${index}`}
                type="text"
                inputMode="decimal"
                autoComplete="off"
                aria-invalid={isWrong}
                value={typed[index] ?? ""}
                onChange={({ target }) => {
                  set(index, target.value);
                }}
              />
            </div>
          );
        })}
      </div>
      <p role="alert" className="input-wrong">
        {read.status === "wrong" ? `${read.reason}.` : ""}
      </p>
    </>
  );
}

function ImageForm({
  width,
  height,
  range,
  onFilled,
}: Told & {
  readonly width: number;
  readonly height: number;
  readonly range: NumberField;
}): ReactNode {
  const [drawing, setDrawing] = useState<Drawing>(() => blankDrawing(width, height));
  useEffect(() => {
    onFilled(
      drawing.ink.some((it) => it > 0)
        ? { status: "numbers", values: toTensor(drawing, range) }
        : { status: "wrong", reason: "Nothing is drawn yet" },
    );
  }, [drawing, range, onFilled]);
  return <ImagePad drawing={drawing} onChange={setDrawing} />;
}

function ListForm({
  elements,
  range,
  onFilled,
}: Told & { readonly elements: number; readonly range: NumberField }): ReactNode {
  const [text, setText] = useState("");
  const read = readList(range, elements, text);
  useEffect(() => {
    onFilled(readList(range, elements, text));
  }, [elements, range, text, onFilled]);
  return (
    <TextField
      label={`${elements} numbers`}
      hint={`Apart by commas or spaces, each from ${range.min} to ${range.max}.`}
      rows={6}
      value={text}
      onChange={setText}
      isInvalid={text !== "" && read.status === "wrong"}
      error={read.status === "wrong" ? `${read.reason}.` : ""}
    />
  );
}

/** More than a prompt of the page needs. */
const MAX_PROMPT = 8_000;

function TextForm({ onFilled }: Told): ReactNode {
  const [text, setText] = useState("");
  useEffect(() => {
    onFilled(
      text.trim() === ""
        ? { status: "wrong", reason: "There is no text yet" }
        : { status: "text", text },
    );
  }, [text, onFilled]);
  return (
    <TextField label="Prompt" rows={5} maxLength={MAX_PROMPT} value={text} onChange={setText} />
  );
}
