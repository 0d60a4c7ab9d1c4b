/** What stands beside the name of a workflow: its kind and version, the switch that makes it active, and Run. */

import { Badge, Switch, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { type Saved, savedQuery, saveMembers } from "../api/definitions";
import { noteAction } from "../api/live";
import { useMay } from "../api/me";
import { messageOf, statusOf } from "../api/problems";
import { useWriteBlock } from "../ui/useWriteBlock";
import { RunButton } from "./RunButton";
import { settingsOf } from "./settings";

export function WorkflowHeader({ saved }: { saved: Saved }) {
  const { workflow } = saved;
  const may = useMay();
  return (
    <>
      <Badge variant="outline" color="gray">
        {workflow.kind}
      </Badge>
      <Text size="sm" className="quiet">
        Version {workflow.version}
      </Text>
      <ActiveSwitch saved={saved} />
      <Link to="/workflows/$workflowId/backtest" params={{ workflowId: workflow.id }} className="small-link">
        Backtest the trigger
      </Link>
      {may("executions:write") && <RunButton workflow={workflow} />}
    </>
  );
}

/** Switched only by a save that nobody came before; the switch shows what the server has. */
function ActiveSwitch({ saved }: { saved: Saved }) {
  const { workflow, etag, inexact } = saved;
  const queries = useQueryClient();
  const may = useMay();
  const block = useWriteBlock();
  const switching = useMutation({
    mutationFn: (is_active: boolean) =>
      saveMembers(workflow.id, { ...settingsOf(workflow), trigger: workflow.trigger, is_active }, etag),
    onSuccess: (next) => {
      noteAction();
      queries.setQueryData(savedQuery(workflow.id).queryKey, next);
      return queries.invalidateQueries({ queryKey: ["workflows"] });
    },
    onError: (error) => {
      const message = statusOf(error) === 412 ? "Somebody saved it since; it was read again." : messageOf(error);
      notifications.show({ color: "red", title: "Not switched", message });
      void queries.invalidateQueries({ queryKey: ["workflow", workflow.id] });
    },
  });
  return (
    <Switch
      label={workflow.is_active ? "Active" : "Inactive"}
      aria-label="Active"
      checked={workflow.is_active}
      disabled={!may("workflows:write") || inexact !== null || switching.isPending || !!block}
      title={block ?? undefined}
      onChange={(event) => switching.mutate(event.currentTarget.checked)}
    />
  );
}
