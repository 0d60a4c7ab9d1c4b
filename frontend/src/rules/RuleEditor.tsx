/** A rule that can be edited: as rows of conditions, or as the JSON that it is. */

import { Group, SegmentedControl, Text } from "@mantine/core";
import { useState } from "react";
import { Words } from "../ui/Words";
import { isEmpty } from "./edit";
import { RuleRows, type RuleRowsProps } from "./RuleRows";
import { RuleText } from "./RuleText";
import "./rules.css";

interface RuleEditorProps extends RuleRowsProps {
  /** A line about the rule. */
  description?: string;
  /** What an empty rule means. */
  emptyText: string;
  /** What the server says about the whole rule. */
  error?: string;
  /** Called when a text that is typed is, or is no more, JSON. */
  onReadable?: (isReadable: boolean) => void;
  /** Called on Ctrl Enter. */
  onSubmit?: () => void;
}

type Mode = "rows" | "text";

export function RuleEditor({ description, emptyText, error, onReadable, onSubmit, ...rows }: RuleEditorProps) {
  const [mode, setMode] = useState<Mode>("rows");
  const { label, rule, problems = [], onChange } = rows;
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: a shortcut of the fields inside
    <div
      className="rule-editor"
      onKeyDown={(event) => event.key === "Enter" && (event.ctrlKey || event.metaKey) && onSubmit?.()}
    >
      <Group justify="space-between" gap="xs" mb={6}>
        <Text size="sm" fw={600}>
          {label}
        </Text>
        <SegmentedControl<Mode>
          size="xs"
          aria-label={`${label}: how it is shown`}
          data={[
            { value: "rows", label: "Conditions" },
            { value: "text", label: "Text" },
          ]}
          value={mode}
          onChange={(next) => {
            setMode(next);
            onReadable?.(true);
          }}
        />
      </Group>
      {description && (
        <Text size="xs" className="quiet" mb={6}>
          {description}
        </Text>
      )}
      {mode === "text" ? (
        <>
          <RuleText
            label={`${label} as JSON`}
            rule={rule}
            error={problems.length === 0 ? error : undefined}
            onReadable={onReadable}
            onChange={(next) => onChange(next, "rule text")}
          />
          {problems.map(({ pointer, message }) => (
            <Text key={`${pointer} ${message}`} size="xs" className="rule-error" mt={4}>
              {pointer && <code>{pointer}</code>} <Words text={message} />
            </Text>
          ))}
        </>
      ) : (
        <>
          {isEmpty(rule) && (
            <Text size="sm" className="quiet" py={6}>
              {emptyText}
            </Text>
          )}
          <RuleRows {...rows} />
          {error && problems.length === 0 && (
            <Text size="xs" c="var(--status-failed)" mt={6} role="alert">
              {error}
            </Text>
          )}
          <Text size="xs" className="quiet rule-help" mt={6}>
            Enter edits a condition, Alt ↑ ↓ moves it{rows.onOff ? ", Ctrl / turns it off for a try" : ""}, Del removes
            it.
          </Text>
        </>
      )}
    </div>
  );
}
