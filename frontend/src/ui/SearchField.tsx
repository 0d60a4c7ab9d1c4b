/** A text that a list is searched by; asked for a moment after the last key. */

import { TextInput } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { Search } from "lucide-react";
import { useEffect, useState } from "react";

/** Milliseconds after a key in which another one may follow. */
const PAUSE = 250;

interface SearchFieldProps {
  label: string;
  value: string | undefined;
  onChange: (value: string | undefined) => void;
  width?: number;
  /** True for the one that the key `f` focuses. */
  isFirst?: boolean;
}

export function SearchField({ label, value, onChange, width = 280, isFirst }: SearchFieldProps) {
  const [shown, setShown] = useState(value ?? "");
  const ask = useDebouncedCallback((text: string) => onChange(text.trim() || undefined), PAUSE);
  useEffect(() => setShown((old) => (old.trim() === (value ?? "") ? old : (value ?? ""))), [value]);
  return (
    <TextInput
      data-filter={isFirst || undefined}
      size="xs"
      w={width}
      maw="100%"
      aria-label={label}
      placeholder={label}
      leftSection={<Search size={14} />}
      value={shown}
      onChange={(event) => {
        setShown(event.currentTarget.value);
        ask(event.currentTarget.value);
      }}
    />
  );
}
