/** The inbox of approvals: what waits for people, the nearest deadline first, and what was decided. */

import { SegmentedControl } from "@mantine/core";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { approvalCountsQuery, type InboxState, inboxQuery } from "../api/approvals";
import { rowsOf } from "../api/pages";
import { Empty } from "../ui/Empty";
import { Loading } from "../ui/Loading";
import { Page } from "../ui/Page";
import { Problem } from "../ui/Problem";
import { ApprovalPanel } from "./ApprovalPanel";
import { InboxList } from "./InboxList";
import "./approvals.css";

const route = getRouteApi("/approvals");

const EMPTY: Record<InboxState, string> = {
  waiting: "Nobody is waited for",
  soon: "Nothing has to be decided within a day",
  decided: "Nothing was decided yet",
};

export function ApprovalsPage() {
  const { state = "waiting", id } = route.useSearch();
  const navigate = route.useNavigate();
  const list = useInfiniteQuery(inboxQuery(state));
  const { data: counts } = useQuery(approvalCountsQuery());
  const rows = rowsOf(list.data);
  const select = (next: string | undefined) => navigate({ search: (old) => ({ ...old, id: next }), replace: true });
  // The one that is open stays, although it has left the list: its answer is read there.
  const shown = rows.find((row) => row.id === id);
  return (
    <Page
      title="Approvals"
      actions={
        <SegmentedControl
          size="xs"
          aria-label="Which approvals"
          value={state}
          data={[
            { value: "waiting", label: counts?.waiting ? `Waiting ${counts.waiting}` : "Waiting" },
            { value: "soon", label: counts?.due_soon ? `Overdue soon ${counts.due_soon}` : "Overdue soon" },
            { value: "decided", label: "Decided" },
          ]}
          onChange={(value) => navigate({ search: { state: value as InboxState }, replace: true })}
        />
      }
    >
      {list.error && !list.data && <Problem error={list.error} onRetry={list.refetch} />}
      {list.isPending && !list.error && <Loading lines={5} height={72} />}
      {list.data && rows.length === 0 && !id && (
        <Empty title={EMPTY[state]} request={{ path: `/approvals/inbox?state=${state}` }}>
          A workflow with a step <em>Human approval</em> stops there until somebody approves or rejects; its question
          appears here.
        </Empty>
      )}
      {list.data && (rows.length > 0 || id) && (
        <div className="inbox" data-open={!!id || undefined}>
          <InboxList
            rows={rows}
            selected={id}
            onSelect={select}
            hasMore={list.hasNextPage}
            onMore={() => void list.fetchNextPage()}
          />
          {id && <ApprovalPanel key={id} id={id} row={shown} onClose={() => select(undefined)} />}
        </div>
      )}
    </Page>
  );
}
