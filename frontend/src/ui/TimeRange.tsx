/** A choice of a time: of late, or between two moments; it is kept as the URL has it. */

import { Group, NativeSelect, TextInput } from "@mantine/core";
import { fromLocal, RANGES, type RangeSearch, toLocal } from "./timeRange";

interface TimeRangeProps {
  value: RangeSearch;
  onChange: (value: RangeSearch) => void;
}

export function TimeRange({ value, onChange }: TimeRangeProps) {
  const isBetween = value.range === "between";
  return (
    <Group gap="xs" wrap="nowrap" align="flex-end" className="time-range">
      <NativeSelect
        size="xs"
        aria-label="Time"
        value={value.range ?? ""}
        data={[
          { value: "", label: "Any time" },
          ...Object.entries(RANGES).map(([key, { label }]) => ({ value: key, label })),
          { value: "between", label: "Between…" },
        ]}
        onChange={(event) => {
          const range = (event.currentTarget.value || undefined) as RangeSearch["range"];
          onChange({ range, from: undefined, to: undefined });
        }}
      />
      {isBetween && (
        <>
          <Moment label="From" value={value.from} onChange={(from) => onChange({ ...value, from })} />
          <Moment label="To" value={value.to} onChange={(to) => onChange({ ...value, to })} />
        </>
      )}
    </Group>
  );
}

interface MomentProps {
  label: string;
  value: string | undefined;
  onChange: (value: string | undefined) => void;
}

function Moment({ label, value, onChange }: MomentProps) {
  return (
    <TextInput
      size="xs"
      type="datetime-local"
      aria-label={label}
      title={label}
      value={toLocal(value)}
      onChange={(event) => onChange(fromLocal(event.currentTarget.value))}
    />
  );
}
