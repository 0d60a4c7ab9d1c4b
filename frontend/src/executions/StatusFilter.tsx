/** Statuses as buttons with their numbers; several can be chosen. */

import { Group } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { type ExecutionFilter, executionCountsQuery } from "../api/executions";
import { EXECUTION_STATUSES, lookOf } from "../status";
import { statusesOf, toggleStatus } from "./search";

/** The server counts up to here. */
const MOST = 1000;

interface StatusFilterProps {
  filter: ExecutionFilter;
  onChange: (status: string | undefined) => void;
}

export function StatusFilter({ filter, onChange }: StatusFilterProps) {
  const { data: counts } = useQuery(executionCountsQuery(filter));
  const chosen = statusesOf(filter.status);
  return (
    <Group gap={6} role="group" aria-label="Status" className="chips">
      <button type="button" aria-pressed={chosen.length === 0} onClick={() => onChange(undefined)}>
        All
      </button>
      {EXECUTION_STATUSES.map((status) => (
        <StatusChip
          key={status}
          status={status}
          count={counts?.[status as keyof typeof counts]}
          isChosen={chosen.includes(status)}
          onChoose={() => onChange(toggleStatus(filter.status, status))}
        />
      ))}
    </Group>
  );
}

interface StatusChipProps {
  status: string;
  count: number | undefined;
  isChosen: boolean;
  onChoose: () => void;
}

function StatusChip({ status, count, isChosen, onChoose }: StatusChipProps) {
  const { word, icon: Icon } = lookOf(status);
  return (
    <button type="button" aria-pressed={isChosen} onClick={onChoose}>
      <Icon size={13} aria-hidden /> {word}{" "}
      {count !== undefined && <span className="quiet">{count > MOST ? "1,000+" : count}</span>}
    </button>
  );
}
