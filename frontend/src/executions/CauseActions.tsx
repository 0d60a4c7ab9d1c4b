/** The buttons of a cause: requests that end it, and the pages on which it can be ended. */

import { Group } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { requestAction, type WaitCause } from "../api/executions";
import { noteAction } from "../api/live";
import { useMay } from "../api/me";
import { messageOf } from "../api/problems";
import { Copy } from "../ui/Copy";
import { WriteButton } from "../ui/WriteButton";
import { type CauseRequest, offersOf } from "./causes";

interface CauseActionsProps {
  cause: WaitCause;
  /** The execution in which the cause is. */
  owner: string;
  /** The kind of the cause that has this one. */
  within: WaitCause["kind"] | undefined;
}

export function CauseActions({ cause, owner, within }: CauseActionsProps) {
  const may = useMay();
  const { requests, approvalId, nodeId, executionId, hasChildren, isOfWorkers } = offersOf(cause);
  return (
    <Group gap="xs" className="cause-actions">
      {may("executions:write") && requests.map((each) => <Request key={each.path} request={each} />)}
      {approvalId && (
        <>
          <Link to="/approvals" search={{ id: approvalId }}>
            Open in the inbox
          </Link>
          <Copy text={inboxAddress(approvalId)} label="Copy the link to the approval" />
        </>
      )}
      {nodeId && (
        <Link to="/executions/$executionId" params={{ executionId: owner }} search={{ node: nodeId }}>
          Go to {nodeId}
        </Link>
      )}
      {executionId && (
        <Link to="/executions/$executionId" params={{ executionId }}>
          {within === "slot" ? "Open the holder" : "Open the child"}
        </Link>
      )}
      {hasChildren && (
        <Link to="/executions" search={{ parent: owner }}>
          List its children
        </Link>
      )}
      {cause.kind === "event" && cause.node_id && <Link to="/events">Send an event</Link>}
      {isOfWorkers && may("admin") && <Link to="/system">Open the system page</Link>}
    </Group>
  );
}

function inboxAddress(approvalId: string): string {
  return `${location.origin}${import.meta.env.BASE_URL}approvals?id=${approvalId}`;
}

function Request({ request }: { request: CauseRequest }) {
  const queries = useQueryClient();
  const act = useMutation({
    mutationFn: () => requestAction(request),
    onSuccess: () => {
      noteAction();
      return queries.invalidateQueries({ predicate: ({ queryKey }) => String(queryKey[0]).startsWith("execution") });
    },
    onError: (error) => notifications.show({ color: "red", title: "Not done", message: messageOf(error) }),
  });
  return (
    <WriteButton size="compact-xs" variant="default" loading={act.isPending} onClick={() => act.mutate()}>
      {request.label}
    </WriteButton>
  );
}
