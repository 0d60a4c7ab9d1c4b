/** A field for a whole number that is not negative: other letters are not taken. */

import { TextInput, type TextInputProps } from "@mantine/core";
import { type ChangeEvent, useState } from "react";

interface NumberFieldProps extends Omit<TextInputProps, "value" | "defaultValue" | "onChange" | "type"> {
  value?: number | string;
  defaultValue?: number;
  /** A larger number is not taken. */
  max?: number;
  /** The empty text where there is no number. */
  onChange?: (value: number | string) => void;
}

export function NumberField({ value, defaultValue, max, onChange, ...rest }: NumberFieldProps) {
  const [own, setOwn] = useState<number | string>(defaultValue ?? "");
  const change = (event: ChangeEvent<HTMLInputElement>) => {
    const next = wholeNumber(event.currentTarget.value);
    if (next === null || (max !== undefined && Number(next) > max)) return;
    setOwn(next);
    onChange?.(next);
  };
  return <TextInput {...rest} inputMode="numeric" autoComplete="off" value={value ?? own} onChange={change} />;
}

function wholeNumber(text: string): number | "" | null {
  const digits = text.trim();
  if (digits === "") return "";
  return /^\d{1,15}$/.test(digits) ? Number(digits) : null;
}
