/** A rule as JSON: a text that can be read is the rule at once, another one says where its error is. */

import { Textarea } from "@mantine/core";
import { useState } from "react";
import { writeNumbers } from "../graph/exact";
import { isSameJson, jsonText } from "../ui/jsonText";
import type { Value } from "./pointer";
import { readJson } from "./values";

interface RuleTextProps {
  label: string;
  rule: Value;
  description?: string;
  /** What the server says about the rule. */
  error?: string;
  minRows?: number;
  autoFocus?: boolean;
  onChange: (rule: Value) => void;
  /** Called while the text is, or is no more, JSON. */
  onReadable?: (isReadable: boolean) => void;
  /** Called on Ctrl Enter. */
  onSubmit?: () => void;
}

export function RuleText({ label, rule, description, error, minRows = 6, autoFocus, ...calls }: RuleTextProps) {
  const { onChange, onReadable, onSubmit } = calls;
  const [typed, setTyped] = useState<{ text: string; value: Value; error?: string } | null>(null);
  const isTyped = typed !== null && isSameJson(typed.value, rule);
  const write = (text: string) => {
    const read = readJson(text);
    const isReadable = read.error === undefined;
    setTyped({ text, value: isReadable ? read.value : rule, error: read.error });
    onReadable?.(isReadable);
    if (isReadable) onChange(read.value);
  };
  return (
    <Textarea
      label={label}
      description={description}
      autosize
      minRows={minRows}
      maxRows={24}
      spellCheck={false}
      autoFocus={autoFocus}
      styles={{ input: { fontFamily: "var(--mantine-font-family-monospace)", fontSize: "0.8125rem" } }}
      error={(isTyped && typed.error) || error}
      value={isTyped ? typed.text : writeNumbers(jsonText(rule))}
      onChange={(event) => write(event.currentTarget.value)}
      onKeyDown={(event) => event.key === "Enter" && (event.ctrlKey || event.metaKey) && onSubmit?.()}
    />
  );
}
