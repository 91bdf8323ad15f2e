import type { ReactNode } from "react";
import type { ButtonProps } from "react-aria-components";
import { Button as AriaButton } from "react-aria-components";
import "./controls.css";

/** A button; `className="primary"` for the one thing to do. */
export function Button(props: ButtonProps): ReactNode {
  const { className, ...rest } = props;
  return (
    <AriaButton {...rest} className={`button ${typeof className === "string" ? className : ""}`} />
  );
}
