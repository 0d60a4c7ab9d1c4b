/** The commands of the search: what can be done from every page, by the user's scopes. */

import { useMantineColorScheme } from "@mantine/core";
import type { SpotlightActionData } from "@mantine/spotlight";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useParams } from "@tanstack/react-router";
import { body } from "../api/http";
import { noteAction } from "../api/live";
import { useMay } from "../api/me";
import { startExecution } from "../client/sdk.gen";
import { useWriteBlock } from "../ui/useWriteBlock";
import { showRefusal, useCreateWorkflow } from "./useCreateWorkflow";

interface Command {
  id: string;
  label: string;
  /** The scope that it needs; one that writes is for changes. */
  scope?: string;
  onClick: () => unknown;
}

export function useCommands(): SpotlightActionData[] {
  const navigate = useNavigate();
  const queries = useQueryClient();
  const may = useMay();
  const { setColorScheme } = useMantineColorScheme();
  const create = useCreateWorkflow();
  const { workflowId } = useParams({ strict: false });
  const run = useMutation({
    mutationFn: (id: string) => body(startExecution({ body: { workflow_id: id, payload: {} } })),
    onSuccess: ({ id }) => {
      noteAction();
      void navigate({ to: "/executions/$executionId", params: { executionId: id } });
    },
    onError: showRefusal,
  });
  const block = useWriteBlock();
  const commands: Command[] = [
    ...(workflowId
      ? [{ id: "run", label: "Run this workflow", scope: "executions:write", onClick: () => run.mutate(workflowId) }]
      : []),
    { id: "new", label: "Create a workflow", scope: "workflows:write", onClick: () => create.mutate() },
    {
      id: "failed",
      label: "Show failed executions",
      scope: "executions:read",
      onClick: () => navigate({ to: "/executions", search: { status: "FAILED" } }),
    },
    {
      id: "near",
      label: "Show events that nearly started something",
      scope: "executions:read",
      onClick: () => navigate({ to: "/events", search: { started: "near" } }),
    },
    { id: "refresh", label: "Refresh now", onClick: () => queries.invalidateQueries() },
    { id: "light", label: "Light colours", onClick: () => setColorScheme("light") },
    { id: "dark", label: "Dark colours", onClick: () => setColorScheme("dark") },
    { id: "system", label: "Colours of the system", onClick: () => setColorScheme("auto") },
  ];
  return commands
    .filter(({ scope }) => !scope || may(scope))
    .map(({ scope, onClick, ...action }) =>
      block && scope?.endsWith(":write")
        ? { ...action, description: block, disabled: true }
        : { ...action, onClick: () => void onClick() },
    );
}
