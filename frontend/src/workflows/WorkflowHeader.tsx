/** What stands beside the name of a workflow: its kind and version, the switch that makes it active, and Run. */

import { Badge, Switch, Text } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import type { Saved } from "../api/definitions";
import { useMay } from "../api/me";
import { useWriteBlock } from "../ui/useWriteBlock";
import { RunButton } from "./RunButton";
import { useMembers } from "./useMembers";

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
  const { workflow } = saved;
  const { save, isSaving, canSave } = useMembers(saved);
  const block = useWriteBlock();
  return (
    <Switch
      label={workflow.is_active ? "Active" : "Inactive"}
      aria-label="Active"
      checked={workflow.is_active}
      disabled={!canSave || isSaving || !!block}
      title={block ?? undefined}
      onChange={(event) => save({ is_active: event.currentTarget.checked })}
    />
  );
}
