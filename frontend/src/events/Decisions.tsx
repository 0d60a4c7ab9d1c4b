/** What every workflow made of an event: the nearest misses first. */

import { Badge, SegmentedControl, Stack, TextInput } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Search } from "lucide-react";
import { type Decision, decisionsQuery } from "../api/events";
import { rowsOf } from "../api/pages";
import { Empty } from "../ui/Empty";
import { Loading } from "../ui/Loading";
import { Problem } from "../ui/Problem";
import { type Column, Rows } from "../ui/Rows";
import { Words } from "../ui/Words";
import { DecisionBadge } from "./DecisionBadge";
import { TABS } from "./decisions";

const COLUMNS: Column<Decision>[] = [
  { key: "name", label: "Workflow", width: "30%", render: (row) => row.name },
  { key: "decision", label: "Decision", width: "172px", render: (row) => <DecisionBadge decision={row.decision} /> },
  { key: "why", label: "Why", from: "tablet", render: (row) => <Reason row={row} /> },
];

interface DecisionsProps {
  eventId: string;
  tab: string;
  q: string | undefined;
  onTab: (tab: string) => void;
  onQuery: (q: string) => void;
}

export function Decisions({ eventId, tab, q, onTab, onQuery }: DecisionsProps) {
  const decision = TABS.find((each) => each.value === tab)?.decision;
  const list = useInfiniteQuery(decisionsQuery(eventId, { decision, q }));
  const rows = rowsOf(list.data);
  return (
    <Stack gap="sm">
      <SegmentedControl aria-label="Decisions to show" data={TABS} value={tab} onChange={onTab} size="xs" />
      <TextInput
        data-filter
        size="xs"
        aria-label="Filter by the name of the workflow"
        placeholder="Name of a workflow"
        leftSection={<Search size={14} />}
        value={q ?? ""}
        onChange={(event) => onQuery(event.currentTarget.value)}
      />
      {list.error && !list.data && <Problem error={list.error} onRetry={list.refetch} />}
      {list.isPending && !list.error && <Loading lines={5} />}
      {list.data && rows.length === 0 && <Empty title="No workflow decided so">Choose another filter.</Empty>}
      {rows.length > 0 && (
        <Rows
          label="Decisions"
          rows={rows}
          columns={COLUMNS}
          idOf={(row) => row.workflow_id}
          linkOf={(row, content) => (
            <Link
              to="/events/$eventId/why/$workflowId"
              params={{ eventId, workflowId: row.workflow_id }}
              className="row-link"
            >
              {content}
            </Link>
          )}
          hasMore={list.hasNextPage}
          isLoadingMore={list.isFetchingNextPage}
          onMore={list.fetchNextPage}
          filterKey={`${tab} ${q}`}
        />
      )}
    </Stack>
  );
}

function Reason({ row }: { row: Decision }) {
  const text = row.message ?? row.first_failing_words;
  return (
    <span className="reason">
      {row.near && (
        <Badge size="sm" variant="outline" color="yellow" mr={8} autoContrast className="near">
          1 clause short
        </Badge>
      )}
      {text ? <Words text={text} /> : <span className="quiet">–</span>}
    </span>
  );
}
