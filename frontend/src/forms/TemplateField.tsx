/** A field whose value is worked out when the node runs: a template, with what it can refer to, and its newest value. */

import { Autocomplete } from "@mantine/core";
import type { ReactNode } from "react";
import { completionsOf } from "../graph/templateText";
import { shortText, useTemplateHelp } from "./templates";

interface TemplateFieldProps {
  label: string;
  description?: string;
  isRequired: boolean;
  error?: ReactNode;
  value: string;
  onChange: (text: string) => void;
}

export function TemplateField({ label, description, isRequired, error, value, onChange }: TemplateFieldProps) {
  const { paths, useValue } = useTemplateHelp();
  const found = useValue(value);
  const options = completionsOf(value, paths);
  const named = new Map(options.map((option) => [option.text, option.path]));
  return (
    <Autocomplete
      size="xs"
      label={label}
      description={found === undefined ? description : `In the newest execution: ${shortText(found)}`}
      withAsterisk={isRequired}
      error={error}
      placeholder="{{ payload.… }}"
      value={value}
      data={[...named.keys()]}
      // What is typed decides already.
      filter={({ options: all }) => all}
      renderOption={({ option }) => <span className="mono">{named.get(option.value)}</span>}
      maxDropdownHeight={240}
      onChange={onChange}
      styles={{ input: { fontFamily: "var(--mantine-font-family-monospace)" } }}
    />
  );
}
