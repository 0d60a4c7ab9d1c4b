/** What a person can do about each cause for which an execution waits: requests, and pages to open. */

import type { WaitCause } from "../api/executions";

export interface CauseRequest {
  label: string;
  method: string;
  path: string;
}

export interface Offers {
  /** Requests of the server, such as ending a wait. */
  requests: CauseRequest[];
  approvalId?: string;
  /** A node of the execution that the cause is in. */
  nodeId?: string;
  /** Another execution: a child, or a holder of a slot. */
  executionId?: string;
  /** True where the executions that the step has started are worth a list. */
  hasChildren: boolean;
  /** True where the page of the system shows more. */
  isOfWorkers: boolean;
}

const OF_WORKERS = new Set(["no_worker", "busy", "queue", "lost_worker"]);

export function offersOf(cause: WaitCause): Offers {
  return {
    requests: cause.actions.filter((action) => action.method === "POST" && isOffered(action, cause)),
    approvalId: cause.approval_id ?? undefined,
    nodeId: cause.node_id ?? undefined,
    executionId: cause.execution_id ?? undefined,
    hasChildren: cause.kind === "child" && !cause.execution_id,
    isOfWorkers: OF_WORKERS.has(cause.kind),
  };
}

/** An approval is decided in the inbox, with its context; what cancels is in the head of the page, and asks first. */
function isOffered(action: CauseRequest, cause: WaitCause): boolean {
  return !cause.approval_id && !action.path.endsWith("/cancel") && !action.path.startsWith("/approvals/");
}

/** The sentence without that of its first inner cause, which is shown below it. */
export function ownSentence(cause: WaitCause): string {
  const first = cause.causes[0];
  if (!first || !cause.sentence.endsWith(first.sentence)) return cause.sentence;
  return cause.sentence.slice(0, -first.sentence.length).trimEnd() || cause.sentence;
}

/** A cause in another execution that has one cause of its own says the same twice: the inner one is left out. */
export function withoutEcho(cause: WaitCause): WaitCause {
  const [inner, ...others] = cause.causes;
  if (!cause.execution_id || !inner || others.length > 0) return cause;
  return {
    ...cause,
    node_id: inner.node_id,
    approval_id: inner.approval_id,
    near: inner.near,
    actions: inner.actions,
    until: inner.until,
    causes: inner.causes,
  };
}

/** The step and the event of an address that explains a near miss. */
export function nearParts(path: string): { stepId: string; eventId: string } | null {
  const found = /^\/steps\/([^/?]+)\/explain\?event_id=([^&]+)$/.exec(path);
  return found?.[1] && found[2] ? { stepId: found[1], eventId: found[2] } : null;
}
