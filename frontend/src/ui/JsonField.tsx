/** A text area for JSON. */

import { Textarea } from "@mantine/core";

interface JsonFieldProps {
  label: string;
  description?: string;
  value: string;
  error?: string;
  minRows?: number;
  maxRows?: number;
  onChange: (value: string) => void;
  /** Called on Ctrl Enter. */
  onSubmit?: () => void;
}

export function JsonField({ onChange, onSubmit, minRows = 6, maxRows = 18, ...props }: JsonFieldProps) {
  return (
    <Textarea
      {...props}
      autosize
      minRows={minRows}
      maxRows={maxRows}
      spellCheck={false}
      styles={{ input: { fontFamily: "var(--mantine-font-family-monospace)", fontSize: "0.8125rem" } }}
      onChange={(event) => onChange(event.currentTarget.value)}
      onKeyDown={(event) => event.key === "Enter" && (event.ctrlKey || event.metaKey) && onSubmit?.()}
    />
  );
}
