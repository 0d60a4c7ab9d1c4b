/** A thing that does not exist, with the way to the list of its kind; for other errors, their sentence. */

import { Button } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { statusOf } from "../api/problems";
import { Empty } from "./Empty";
import { Problem } from "./Problem";

/** Of each kind: how a thing is called for, its list, and how things of it go away. */
const KINDS = {
  execution: ["execution with this id", "/executions", "executions", "by retention"],
  event: ["event with this id", "/events", "events", "by retention"],
  approval: ["approval with this id", "/approvals", "approvals", "by retention, with its execution"],
  workflow: ["workflow with this id", "/workflows", "workflows", "by somebody"],
  hook: ["hook with this name", "/settings/hooks", "hooks", "by somebody"],
  subscription: ["subscription with this id", "/settings/subscriptions", "subscriptions", "by somebody"],
} as const;

interface MissingOrProblemProps {
  kind: keyof typeof KINDS;
  error: unknown;
  onRetry?: () => void;
}

export function MissingOrProblem({ kind, error, onRetry }: MissingOrProblemProps) {
  if (statusOf(error) !== 404) return <Problem error={error} onRetry={onRetry} />;
  const [thing, to, list, how] = KINDS[kind];
  return (
    <div role="alert">
      <Empty
        title={`No ${thing}.`}
        action={
          <Button component={Link} to={to}>
            All {list}
          </Button>
        }
      >
        It may have been deleted {how}.
      </Empty>
    </div>
  );
}
