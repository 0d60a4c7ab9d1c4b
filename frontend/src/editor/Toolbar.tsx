/** Undo, redo, what is not saved, and Save. */

import { ActionIcon, Group, SegmentedControl, Text, Tooltip } from "@mantine/core";
import { LayoutGrid, PanelLeft, Redo2, Save, Undo2, Zap } from "lucide-react";
import { IfMay } from "../ui/IfMay";
import { WriteButton } from "../ui/WriteButton";
import type { DraftState } from "./useDraft";
import { VIEWS, type View } from "./useView";

interface ToolbarProps {
  draft: DraftState;
  errors: number;
  isSaving: boolean;
  /** Absent where there is no text beside what is edited. */
  view?: View;
  onView?: (view: View) => void;
  onSave: () => void;
  /** Absent where there is no graph to tidy, or it cannot be edited now. */
  onTidy?: () => void;
  /** Opens or closes the test; absent where nothing can be tested. */
  onTest?: () => void;
  /** Whether the list beside the canvas is shown; absent where there is none. */
  isSideShown?: boolean;
  onSide?: () => void;
}

const NAMES: Record<View, string> = { graph: "Graph", text: "Text", both: "Both" };

export function Toolbar(props: ToolbarProps) {
  const { draft, errors, isSaving, view, onView, onSave, onTidy, onTest, isSideShown, onSide } = props;
  const isUnread = draft.text !== null;
  return (
    <Group justify="space-between" gap="sm" role="toolbar" aria-label="Editor">
      <Group gap={4}>
        {isSideShown !== undefined && onSide && (
          <Tool label="Node types and outline" isOpen={isSideShown} onClick={onSide}>
            <PanelLeft size={17} />
          </Tool>
        )}
        <Tool label="Undo (Ctrl Z)" isOff={!draft.canUndo || isUnread} onClick={draft.undo}>
          <Undo2 size={17} />
        </Tool>
        <Tool label="Redo (Ctrl Y)" isOff={!draft.canRedo || isUnread} onClick={draft.redo}>
          <Redo2 size={17} />
        </Tool>
        {onTidy && (
          <Tool label="Tidy (Shift F)" onClick={onTidy}>
            <LayoutGrid size={17} />
          </Tool>
        )}
      </Group>
      {view && (
        <SegmentedControl
          size="xs"
          aria-label="Show"
          value={view}
          onChange={(next) => onView?.(next as View)}
          data={VIEWS.map((value) => ({ value, label: NAMES[value] }))}
        />
      )}
      <Group gap="sm">
        <Text size="sm" className="quiet" role="status">
          {stateText(draft)}
        </Text>
        <IfMay scope="workflows:write">
          {onTest && (
            <IfMay scope="executions:write">
              <WriteButton variant="default" leftSection={<Zap size={15} />} onClick={onTest}>
                Test
              </WriteButton>
            </IfMay>
          )}
          <WriteButton
            leftSection={<Save size={15} />}
            disabled={!draft.isDirty || errors > 0 || isUnread}
            loading={isSaving}
            onClick={onSave}
            title={errors || isUnread ? "Mend the errors first; the draft is kept." : undefined}
          >
            Save
          </WriteButton>
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
  /** Of what it folds. */
  isOpen?: boolean;
  onClick: () => void;
  children: React.ReactNode;
}

function Tool({ label, isOff, isOpen, onClick, children }: ToolProps) {
  return (
    <Tooltip label={label} openDelay={400}>
      <ActionIcon
        variant="default"
        size="lg"
        aria-label={label}
        aria-expanded={isOpen}
        disabled={isOff}
        onClick={onClick}
      >
        {children}
      </ActionIcon>
    </Tooltip>
  );
}
