/** A constant of a rule, in a field for its kind. */

import { Autocomplete, NativeSelect, TagsInput, Text, TextInput } from "@mantine/core";
import { useState } from "react";
import type { SeenField } from "../api/fields";
import { writeJson } from "../graph/exact";
import type { SeenType } from "./leaf";
import type { Value } from "./pointer";
import { itemsOf, listOf, type ReadText, readJson, readNumber, type ValueKind } from "./values";

interface ValueInputProps {
  label: string;
  kind: ValueKind;
  value: Value;
  /** What was seen at the path that the value is compared with. */
  seen?: SeenField;
  seenType?: SeenType;
  onChange: (value: Value) => void;
}

export function ValueInput({ label, kind, value, seen, seenType, onChange }: ValueInputProps) {
  if (kind === "null") return <Text size="xs">null</Text>;
  if (kind === "boolean") {
    return (
      <NativeSelect
        size="xs"
        aria-label={label}
        data={["true", "false"]}
        value={String(value)}
        onChange={(event) => onChange(event.currentTarget.value === "true")}
      />
    );
  }
  if (kind === "number") return <TypedInput label={label} value={value} read={readNumber} onChange={onChange} />;
  if (kind === "list" && Array.isArray(value)) {
    return (
      <TagsInput
        size="xs"
        className="rule-list"
        aria-label={label}
        placeholder={value.length ? undefined : "Values; Enter adds one"}
        value={itemsOf(value)}
        data={examplesOf(seen)}
        allowDuplicates
        splitChars={[]}
        onChange={(items) => onChange(listOf(items, value, seenType))}
      />
    );
  }
  if (kind === "text" && typeof value === "string") {
    return (
      <Autocomplete
        size="xs"
        className="rule-value"
        aria-label={label}
        value={value}
        data={examplesOf(seen)}
        openOnFocus={value === ""}
        onChange={onChange}
      />
    );
  }
  return <TypedInput label={label} value={value} read={readJson} onChange={onChange} isCode />;
}

function examplesOf(seen: SeenField | undefined): string[] {
  return [...new Set((seen?.examples ?? []).map((each) => (typeof each === "string" ? each : JSON.stringify(each))))];
}

interface TypedInputProps {
  label: string;
  value: Value;
  read: ReadText;
  isCode?: boolean;
  onChange: (value: Value) => void;
}

/** A text that is read as it is typed; while it cannot be read, the value stays. */
function TypedInput({ label, value, read, isCode, onChange }: TypedInputProps) {
  const [typed, setTyped] = useState<{ text: string; value: Value; error?: string } | null>(null);
  const isTyped = typed !== null && JSON.stringify(typed.value) === JSON.stringify(value);
  const write = (text: string) => {
    const { error, value: next } = read(text);
    setTyped({ text, value: error === undefined ? next : value, error });
    if (error === undefined) onChange(next);
  };
  return (
    <TextInput
      size="xs"
      className="rule-value"
      aria-label={label}
      inputMode={isCode ? undefined : "decimal"}
      spellCheck={false}
      styles={isCode ? { input: { fontFamily: "var(--mantine-font-family-monospace)" } } : undefined}
      error={isTyped ? typed.error : undefined}
      value={isTyped ? typed.text : writeJson(value)}
      onChange={(event) => write(event.currentTarget.value)}
    />
  );
}
