/** The list of the inbox. */

import { Button, Text } from "@mantine/core";
import { CalendarClock } from "lucide-react";
import type { InboxRow } from "../api/approvals";
import { useShortcut } from "../shell/shortcuts";
import { Time } from "../ui/Time";
import { useNow } from "../ui/useNow";
import { VerdictBadge } from "./VerdictBadge";
import { progressText, titleOf } from "./words";

interface InboxListProps {
  rows: InboxRow[];
  selected: string | undefined;
  onSelect: (id: string) => void;
  hasMore: boolean;
  onMore: () => void;
}

export function InboxList({ rows, selected, onSelect, hasMore, onMore }: InboxListProps) {
  const move = (by: number) => {
    const at = rows.findIndex((row) => row.id === selected);
    const next = rows[Math.min(Math.max(at + by, 0), rows.length - 1)];
    if (next) onSelect(next.id);
  };
  useShortcut("j", "Next approval", () => move(1), "Approvals");
  useShortcut("k", "Previous approval", () => move(-1), "Approvals");
  return (
    <ul className="inbox-list panel" aria-label="Approvals">
      {rows.map((row) => (
        <li key={row.id}>
          <button type="button" aria-pressed={row.id === selected} onClick={() => onSelect(row.id)}>
            <span className="inbox-title">{titleOf(row)}</span>
            <Text component="span" size="xs" className="quiet cut">
              {row.workflow_name} · asked <Time at={row.created_at} />
            </Text>
            <span className="inbox-state">
              {row.status === "PENDING" ? <Deadline at={row.expires_at} /> : <VerdictBadge status={row.status} />}
              <Text component="span" size="xs" className="quiet">
                {progressText(row)}
              </Text>
            </span>
          </button>
        </li>
      ))}
      {hasMore && (
        <li className="inbox-more">
          <Button size="xs" variant="default" onClick={onMore}>
            Load more
          </Button>
        </li>
      )}
    </ul>
  );
}

/** Milliseconds before a deadline from which it is near. */
const SOON = 24 * 3_600_000;

export function Deadline({ at }: { at: string | null }) {
  const now = useNow();
  if (!at) {
    return (
      <Text component="span" size="xs" className="quiet">
        No deadline
      </Text>
    );
  }
  const isSoon = Date.parse(at) - now.getTime() < SOON;
  return (
    <span className="deadline" data-soon={isSoon || undefined}>
      <CalendarClock size={13} aria-hidden />
      {isSoon ? "Due soon: " : "Due "}
      <Time at={at} />
    </span>
  );
}
