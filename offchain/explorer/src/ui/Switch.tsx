import type { ReactNode } from "react";
import "./controls.css";

/** On or off. */
export function Switch({
  isSelected,
  onChange,
  children,
}: {
  readonly isSelected: boolean;
  readonly onChange: (isSelected: boolean) => void;
  readonly children: ReactNode;
}): ReactNode {
  return (
    <label className="switch">
      <input
        type="checkbox"
        role="switch"
        checked={isSelected}
        onChange={({ target }) => {
          onChange(target.checked);
        }}
      />
      {children}
    </label>
  );
}
