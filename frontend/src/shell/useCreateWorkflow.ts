/** Creates a workflow with nothing but a start, and opens it. */

import { notifications } from "@mantine/notifications";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { body } from "../api/http";
import { messageOf } from "../api/problems";
import { createWorkflow } from "../client/sdk.gen";

/** A workflow that starts by hand only, until it has a trigger. */
const BLANK = {
  name: "New workflow",
  trigger: null,
  graph: { nodes: [{ id: "start", type: "start", position: { x: 0, y: 0 }, data: {} }], edges: [] },
};

export function useCreateWorkflow() {
  const navigate = useNavigate();
  const queries = useQueryClient();
  return useMutation({
    mutationFn: () => body(createWorkflow({ body: BLANK })),
    onSuccess: ({ id }) => {
      void queries.invalidateQueries();
      void navigate({ to: "/workflows/$workflowId", params: { workflowId: id } });
    },
    onError: showRefusal,
  });
}

export function showRefusal(error: Error): void {
  notifications.show({ color: "red", title: "Not done", message: messageOf(error) });
}
