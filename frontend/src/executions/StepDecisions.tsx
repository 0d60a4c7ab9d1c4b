/** The decisions of an approval: by whom, when, and with what comment. */

import { Group, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Check, X } from "lucide-react";
import { type Approval, approvalsOfStepQuery } from "../api/approvals";
import type { WholeStep } from "../api/steps";
import { Time } from "../ui/Time";

export function StepDecisions({ step }: { step: WholeStep }) {
  const { data } = useQuery(approvalsOfStepQuery(step.execution_id, step.status));
  const approval = data?.find((each) => each.node_id === step.node_id && isOf(each, step));
  if (!approval) return null;
  return (
    <section aria-label="Decisions" className="reasons">
      <Text size="sm">
        {approval.decisions.length} of {approval.needed} {approval.needed === 1 ? "decision" : "decisions"}
        {approval.approvers.length > 0 && `, by ${approval.approvers.join(", ")}`}
        {approval.status === "PENDING" && (
          <>
            {" · "}
            <Link to="/approvals" search={{ id: approval.id }}>
              Open in the inbox
            </Link>
          </>
        )}
      </Text>
      <ul>
        {approval.decisions.map((each) => (
          <li key={`${each.approved_by} ${each.at}`}>
            <Group gap={6} wrap="nowrap" align="flex-start">
              {each.approved ? <Check size={14} aria-hidden /> : <X size={14} aria-hidden />}
              <Text size="sm" style={{ overflowWrap: "anywhere" }}>
                <strong>{each.approved_by ?? "Somebody"}</strong> {each.approved ? "approved" : "rejected"}{" "}
                <Time at={each.at} />
                {each.comment && `: ${each.comment}`}
              </Text>
            </Group>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** An approval is made while its step runs; the output of a decided step names it. */
function isOf(approval: Approval, step: WholeStep): boolean {
  const output = step.output;
  if (output !== null && typeof output === "object" && "approval_id" in output)
    return output.approval_id === approval.id;
  return step.started_at !== null && approval.created_at >= step.started_at;
}
