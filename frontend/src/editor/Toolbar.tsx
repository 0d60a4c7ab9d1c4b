/** Undo, redo, what is not saved, and Save. */

import { ActionIcon, Button, Group, Text, Tooltip } from "@mantine/core";
import { LayoutGrid, Redo2, Save, Undo2 } from "lucide-react";
import { IfMay } from "../ui/IfMay";
import type { DraftState } from "./useDraft";

interface ToolbarProps {
  draft: DraftState;
  errors: number;
  isSaving: boolean;
  onSave: () => void;
  onTidy: () => void;
}

export function Toolbar({ draft, errors, isSaving, onSave, onTidy }: ToolbarProps) {
  return (
    <Group justify="space-between" gap="sm" role="toolbar" aria-label="Editor">
      <Group gap={4}>
        <Tool label="Undo (Ctrl Z)" isOff={!draft.canUndo} onClick={draft.undo}>
          <Undo2 size={17} />
        </Tool>
        <Tool label="Redo (Ctrl Y)" isOff={!draft.canRedo} onClick={draft.redo}>
          <Redo2 size={17} />
        </Tool>
        <Tool label="Tidy (Shift F)" onClick={onTidy}>
          <LayoutGrid size={17} />
        </Tool>
      </Group>
      <Group gap="sm">
        <Text size="sm" className="quiet" role="status">
          {stateText(draft)}
        </Text>
        <IfMay scope="workflows:write">
          <Button
            leftSection={<Save size={15} />}
            disabled={!draft.isDirty || errors > 0}
            loading={isSaving}
            onClick={onSave}
            title={errors ? "Mend the errors first; the draft is kept." : undefined}
          >
            Save
          </Button>
        </IfMay>
      </Group>
    </Group>
  );
}

function stateText(draft: DraftState): string {
  if (!draft.isDirty) return `Version ${draft.base.version}`;
  return draft.keptAt ? `Not saved · kept in this browser ${draft.keptAt.toLocaleTimeString()}` : "Not saved";
}

interface ToolProps {
  label: string;
  isOff?: boolean;
  onClick: () => void;
  children: React.ReactNode;
}

function Tool({ label, isOff, onClick, children }: ToolProps) {
  return (
    <Tooltip label={label} openDelay={400}>
      <ActionIcon variant="default" size="lg" aria-label={label} disabled={isOff} onClick={onClick}>
        {children}
      </ActionIcon>
    </Tooltip>
  );
}
