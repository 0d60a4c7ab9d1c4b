/** A list of executions. */

import { Badge } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import type { Execution } from "../api/executions";
import { isTerminal } from "../status";
import { Id, shortId } from "../ui/Copy";
import { type Column, Rows } from "../ui/Rows";
import { StatusBadge } from "../ui/StatusBadge";
import { Duration, Time } from "../ui/Time";
import type { Selection } from "../ui/useSelection";
import { errorText } from "./errorText";
import { StartedBy } from "./StartedBy";
import { versionText } from "./versionText";

const COLUMNS: Column<Execution>[] = [
  { key: "workflow", label: "Workflow", width: "19%", phoneWidth: "auto", render: (row) => <Name row={row} /> },
  {
    key: "status",
    label: "Status",
    width: "132px",
    phoneWidth: "124px",
    render: (row) => <StatusBadge status={row.status} />,
  },
  { key: "about", label: "What happens", from: "tablet", render: (row) => <About row={row} /> },
  { key: "by", label: "Started by", width: "142px", from: "desktop", render: (row) => <StartedBy row={row} /> },
  {
    key: "started",
    label: "Started",
    width: "100px",
    phoneWidth: "90px",
    render: (row) => <Time at={row.started_at ?? row.created_at} />,
  },
  {
    key: "took",
    label: "Took",
    width: "100px",
    from: "tablet",
    render: (row) => <Duration from={row.started_at} to={row.finished_at} />,
  },
  { key: "id", label: "Id", width: "124px", from: "desktop", render: (row) => <Id id={row.id} /> },
];

interface ExecutionRowsProps {
  rows: Execution[];
  label: string;
  hasMore?: boolean;
  isLoadingMore?: boolean;
  onMore?: () => void;
  filterKey?: string;
  selection?: Selection;
}

export function ExecutionRows(props: ExecutionRowsProps) {
  return (
    <Rows
      {...props}
      columns={COLUMNS}
      idOf={(row) => row.id}
      nameOf={(row) => `${row.workflow_name} ${shortId(row.id)}`}
      linkOf={(row, content) => (
        <Link to="/executions/$executionId" params={{ executionId: row.id }} className="row-link">
          {content}
        </Link>
      )}
    />
  );
}

function Name({ row }: { row: Execution }) {
  return (
    <span title={`${row.workflow_name}, ${versionText(row.version)}`}>
      {row.test && (
        <Badge size="xs" variant="light" mr={6}>
          Test
        </Badge>
      )}
      {row.workflow_name} {row.version > 0 && <span className="quiet">{versionText(row.version)}</span>}
    </span>
  );
}

/** Why it waits, or why it failed. */
function About({ row }: { row: Execution }) {
  const text = row.status === "FAILED" ? errorText(row.error) : isTerminal(row.status) ? "" : row.why;
  return text ? (
    <span className="quiet" title={text}>
      {text}
    </span>
  ) : (
    <span className="quiet">–</span>
  );
}
