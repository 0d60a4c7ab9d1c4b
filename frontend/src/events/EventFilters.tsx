/** The filters of the list of events. */

import { Button, Group, NativeSelect, SegmentedControl } from "@mantine/core";
import type { EventFilter, Started } from "../api/events";
import { SearchField } from "../ui/SearchField";
import { TimeRange } from "../ui/TimeRange";
import { conditionText, parseCondition } from "./search";

const STARTED: { value: Started | "all"; label: string }[] = [
  { value: "all", label: "All" },
  { value: "yes", label: "Started something" },
  { value: "none", label: "Started nothing" },
  { value: "near", label: "Nearly started one" },
  { value: "error", label: "A trigger failed" },
];

interface EventFiltersProps {
  search: EventFilter;
  onChange: (change: EventFilter) => void;
  onClear: () => void;
}

export function EventFilters({ search, onChange, onClear }: EventFiltersProps) {
  const { started = "all" } = search;
  const choose = (value: string) => onChange({ started: value === "all" ? undefined : (value as Started) });
  const isNarrowed = Object.values(search).some((value) => value !== undefined);
  return (
    <>
      <Group>
        <SegmentedControl
          size="xs"
          visibleFrom="sm"
          aria-label="What events have started"
          data={STARTED}
          value={started}
          onChange={choose}
        />
        <NativeSelect
          size="xs"
          hiddenFrom="sm"
          aria-label="What events have started"
          data={STARTED}
          value={started}
          onChange={(event) => choose(event.currentTarget.value)}
        />
      </Group>
      <Group gap="sm">
        {started !== "near" && (
          <>
            <SearchField
              label="Text in the payload"
              value={search.q}
              onChange={(q) => onChange({ q })}
              width={210}
              isFirst
            />
            <SearchField
              label="path = value"
              value={conditionText(search) || undefined}
              onChange={(condition) => onChange(parseCondition(condition))}
              width={210}
            />
            <SearchField label="Type" value={search.type} onChange={(type) => onChange({ type })} width={140} />
            <SearchField label="Source" value={search.source} onChange={(source) => onChange({ source })} width={140} />
            <TimeRange value={search} onChange={onChange} />
          </>
        )}
        {isNarrowed && (
          <Button size="xs" variant="default" onClick={onClear}>
            Show all
          </Button>
        )}
      </Group>
    </>
  );
}
