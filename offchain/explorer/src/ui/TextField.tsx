import type { ReactNode } from "react";
import type { TextFieldProps } from "react-aria-components";
import {
  FieldError,
  Input,
  Label,
  Text,
  TextArea,
  TextField as AriaTextField,
} from "react-aria-components";
import "./controls.css";

/** A labelled line of text, or with `rows` several. */
export function TextField({
  label,
  hint,
  error,
  placeholder,
  rows,
  ...props
}: TextFieldProps & {
  readonly label: string;
  readonly hint?: string;
  /** Said where `isInvalid`. */
  readonly error?: string;
  readonly placeholder?: string;
  readonly rows?: number;
}): ReactNode {
  return (
    <AriaTextField {...props} className="field">
      <Label>{label}</Label>
      {rows === undefined ? (
        <Input {...(placeholder === undefined ? {} : { placeholder })} />
      ) : (
        <TextArea rows={rows} {...(placeholder === undefined ? {} : { placeholder })} />
      )}
      {hint === undefined ? null : (
        <Text slot="description" className="field-hint">
          {hint}
        </Text>
      )}
      <FieldError className="field-error">{error}</FieldError>
    </AriaTextField>
  );
}
