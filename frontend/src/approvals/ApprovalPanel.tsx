/** One approval: what is asked, what follows each answer, and the answer. */

import { ActionIcon, Group, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { X } from "lucide-react";
import { type Approval, approvalQuery, type InboxRow } from "../api/approvals";
import { executionGraphQuery } from "../api/executions";
import { useMay } from "../api/me";
import { Json } from "../ui/Json";
import { Loading } from "../ui/Loading";
import { MissingOrProblem } from "../ui/Missing";
import { Time } from "../ui/Time";
import { AnswerForm } from "./AnswerForm";
import { Deadline } from "./InboxList";
import { VerdictBadge } from "./VerdictBadge";
import { approversText, progressText, titleOf } from "./words";

interface ApprovalPanelProps {
  id: string;
  row: InboxRow | undefined;
  onClose: () => void;
}

export function ApprovalPanel({ id, row, onClose }: ApprovalPanelProps) {
  const { data = row, error, refetch } = useQuery(approvalQuery(id));
  return (
    <section className="approval panel" aria-label="Approval">
      <Group justify="space-between" wrap="nowrap" align="flex-start">
        <div style={{ minWidth: 0 }}>
          <Title order={2} size="h1" style={{ overflowWrap: "anywhere" }}>
            {data ? titleOf(data) : "Approval"}
          </Title>
          {data && (
            <Text size="sm" className="quiet">
              {row?.workflow_name}{" "}
              <Link
                to="/executions/$executionId"
                params={{ executionId: data.execution_id }}
                search={{ node: data.node_id }}
              >
                see the execution
              </Link>
            </Text>
          )}
        </div>
        <ActionIcon variant="subtle" color="gray" aria-label="Close" onClick={onClose}>
          <X size={17} />
        </ActionIcon>
      </Group>
      {error && !data && <MissingOrProblem kind="approval" error={error} onRetry={refetch} />}
      {!error && !data && <Loading lines={4} />}
      {data && <Content approval={data} />}
    </section>
  );
}

function Content({ approval }: { approval: Approval }) {
  return (
    <>
      <Group gap="sm">
        <VerdictBadge status={approval.status} />
        {approval.status === "PENDING" && <Deadline at={approval.expires_at} />}
        <Text size="sm" className="quiet">
          {progressText(approval)}
        </Text>
      </Group>
      {typeof approval.description === "string" && <Text className="approval-text">{approval.description}</Text>}
      <Context value={approval.context} />
      <dl className="approval-facts">
        <dt>Who can decide</dt>
        <dd>{approversText(approval)}</dd>
        <dt>Asked</dt>
        <dd>
          <Time at={approval.created_at} />
        </dd>
      </dl>
      <WhatFollows approval={approval} />
      <History approval={approval} />
      {approval.status === "PENDING" && <AnswerForm approval={approval} />}
    </>
  );
}

/** The context as fields; what is inside them, as a tree. */
function Context({ value }: { value: unknown }) {
  if (value === null || value === undefined) return null;
  if (typeof value !== "object" || Array.isArray(value)) return <Json value={value} label="context" />;
  return (
    <dl className="approval-facts approval-context">
      {Object.entries(value).map(([key, item]) => (
        <div key={key} style={{ display: "contents" }}>
          <dt>{key}</dt>
          <dd>
            {item !== null && typeof item === "object" ? <Json value={item} label={key} open={1} /> : String(item)}
          </dd>
        </div>
      ))}
    </dl>
  );
}

/** The nodes that run next, by the answer. */
function WhatFollows({ approval }: { approval: Approval }) {
  const may = useMay();
  const { data: graph } = useQuery({
    ...executionGraphQuery(approval.execution_id),
    enabled: may("executions:read"),
  });
  if (!graph || approval.kind === "outcome") return null;
  const titles = new Map(graph.nodes.map((node) => [node.id, node.title]));
  const after = (handle: string) =>
    graph.edges
      .filter((edge) => edge.source === approval.node_id && (edge.handle === handle || edge.handle === null))
      .map((edge) => titles.get(edge.target) ?? edge.target)
      .join(", ");
  return (
    <dl className="approval-facts">
      <dt>If approved</dt>
      <dd>{after("approved") || "The path ends"}</dd>
      <dt>If rejected</dt>
      <dd>{after("rejected") || "The path ends"}</dd>
    </dl>
  );
}

function History({ approval }: { approval: Approval }) {
  if (approval.decisions.length === 0) return null;
  return (
    <ul className="approval-history" aria-label="Decisions">
      {approval.decisions.map((decision) => (
        <li key={`${decision.at} ${decision.approved_by}`}>
          <Text size="sm">
            <strong>{decision.approved_by ?? "Somebody"}</strong> {decision.approved ? "approved" : "rejected"}{" "}
            <Time at={decision.at} />
            {decision.comment && `: ${decision.comment}`}
          </Text>
        </li>
      ))}
    </ul>
  );
}
