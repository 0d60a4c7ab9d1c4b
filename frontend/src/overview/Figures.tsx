/** Numbers that lead to the lists that they count. */

import { SimpleGrid, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { approvalCountsQuery } from "../api/approvals";
import { useMay } from "../api/me";
import type { ExecutionCounts } from "../client/types.gen";

/** The server counts up to here. */
const MOST = 1000;

export function Figures({ counts }: { counts: ExecutionCounts | undefined }) {
  const may = useMay();
  const { data: approvals } = useQuery({
    ...approvalCountsQuery(),
    enabled: may("approvals:decide", "executions:read"),
  });
  return (
    <SimpleGrid cols={{ base: 2, md: 4 }}>
      <Link to="/executions" search={{ status: "RUNNING" }} className="panel tile">
        <Figure name="Running" value={counts?.RUNNING} note="or waiting" />
      </Link>
      <Link to="/executions" search={{ status: "FAILED" }} className="panel tile">
        <Figure name="Failed" value={counts?.FAILED} tone="var(--status-failed)" />
      </Link>
      <Link to="/executions" search={{ status: "COMPLETED" }} className="panel tile">
        <Figure name="Completed" value={counts?.COMPLETED} />
      </Link>
      <Link to="/approvals" className="panel tile">
        <Figure
          name="Approvals that wait"
          value={approvals?.waiting}
          tone="var(--status-waiting)"
          note={approvals?.due_soon ? `${approvals.due_soon} due within a day` : undefined}
        />
      </Link>
    </SimpleGrid>
  );
}

interface FigureProps {
  name: string;
  value: number | undefined;
  tone?: string;
  note?: string;
}

function Figure({ name, value, tone, note }: FigureProps) {
  return (
    <>
      <Text size="sm" className="quiet">
        {name}
      </Text>
      <span className="tile-value" style={{ color: value ? tone : undefined }}>
        {value === undefined ? "–" : value > MOST ? "1,000+" : value}
      </span>
      <Text size="xs" className="quiet">
        {note ?? " "}
      </Text>
    </>
  );
}
