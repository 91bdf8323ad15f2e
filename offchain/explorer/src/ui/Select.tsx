import type { ReactNode } from "react";
import { useId } from "react";
import "./controls.css";

/** One of a few: the browser's own list, which every phone and screen reader knows. */
export function Select<Value extends string>({
  label,
  value,
  options,
  onChange,
}: {
  readonly label: string;
  readonly value: Value;
  readonly options: readonly { readonly value: Value; readonly label: string }[];
  readonly onChange: (value: Value) => void;
}): ReactNode {
  const id = useId();
  return (
    <span className="field select">
      <label htmlFor={id}>{label}</label>
      <select
        id={id}
        value={value}
        onChange={({ target }) => {
          const chosen = options.find((it) => it.value === target.value);
          if (chosen !== undefined) onChange(chosen.value);
        }}
      >
        {options.map((it) => (
          <option key={it.value} value={it.value}>
            {it.label}
          </option>
        ))}
      </select>
    </span>
  );
}
