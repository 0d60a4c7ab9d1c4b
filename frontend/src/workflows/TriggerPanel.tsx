/** The trigger of a draft: its conditions, beside what they decide on the newest events. */

import { Anchor, Button, Group, Text, Title } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { FlaskConical } from "lucide-react";
import { useState } from "react";
import type { Saved } from "../api/definitions";
import { useMay } from "../api/me";
import { SaveNotices } from "../editor/SaveNotices";
import { Toolbar } from "../editor/Toolbar";
import type { DraftState } from "../editor/useDraft";
import type { Saving } from "../editor/useSaving";
import type { Language } from "../graph/language";
import { triggerOf } from "../graph/trigger";
import { isEmpty, withoutClauses } from "../rules/edit";
import { RuleEditor } from "../rules/RuleEditor";
import { useShortcut } from "../shell/shortcuts";
import { Notice } from "../ui/Notice";
import { TriggerEvents } from "./TriggerEvents";
import { useAgainst } from "./useAgainst";
import { useTriggerEdit, useTriggerProblems } from "./useTriggerDraft";
import "../editor/editor.css";
import "./trigger.css";

interface TriggerPanelProps {
  saved: Saved;
  language: Language;
  draft: DraftState;
  saving: Saving;
}

export default function TriggerPanel({ saved, language, draft, saving }: TriggerPanelProps) {
  const { id } = saved.workflow;
  const rule = triggerOf(draft.definition, language);
  const [off, setOff] = useState<ReadonlySet<string>>(new Set());
  const [chosen, setChosen] = useState<string>();
  const [isReadable, setReadable] = useState(true);
  const may = useMay();
  const against = useAgainst(off.size > 0 ? withoutClauses(rule, off) : rule, may("executions:read"));
  const { errors, messages } = useTriggerProblems(draft, id);
  const { edit, isRefused } = useTriggerEdit(draft, language);
  const canSave = draft.isDirty && errors.length === 0 && isReadable;
  useShortcut("Ctrl+z", "Undo", draft.undo, "Trigger");
  useShortcut("Ctrl+y", "Redo", draft.redo, "Trigger");
  useShortcut("Ctrl+Shift+z", "Redo", draft.redo, "Trigger");
  useShortcut("Ctrl+s", "Save", () => canSave && saving.save(), "Trigger");
  if (draft.text !== null) {
    return <Notice tone="warning">The text of this workflow cannot be read; mend it first, in the tab Graph.</Notice>;
  }
  const answer = against.isBehind ? undefined : against.answers?.[indexOf(against.events, chosen)];
  return (
    <div className="editor">
      <Toolbar
        draft={draft}
        errors={errors.length + (isReadable ? 0 : 1)}
        isSaving={saving.isSaving}
        onSave={saving.save}
      />
      <SaveNotices saved={saved} draft={draft} saving={saving} />
      <div className="trigger-main">
        <section className="panel trigger-rule" aria-label="Rule of the trigger">
          <RuleEditor
            label="Trigger"
            emptyText="There is no trigger: no event starts this workflow. Add a condition to let events start it."
            rule={rule}
            met={answer?.tree ?? undefined}
            problems={messages}
            off={off}
            onOff={setOff}
            onChange={edit}
            onReadable={setReadable}
          />
          {isRefused && (
            <Notice tone="warning" isLive>
              The trigger is unchanged: other parts of the text share it, so change it in the text, in the tab Graph.
            </Notice>
          )}
          {off.size > 0 && <OffNote count={off.size} onReset={() => setOff(new Set())} />}
        </section>
        {may("executions:read") && (
          <section className="panel trigger-against" aria-label="Against recent events">
            <Group justify="space-between" px="md" pt="sm" pb={4} gap="xs">
              <Title order={2}>Against recent events</Title>
              {!isEmpty(rule) && (
                <Button
                  component={Link}
                  to="/workflows/$workflowId/backtest"
                  params={{ workflowId: id } as never}
                  search={{ rule } as never}
                  size="xs"
                  variant="default"
                  leftSection={<FlaskConical size={14} />}
                >
                  Backtest
                </Button>
              )}
            </Group>
            <TriggerEvents against={against} chosen={chosen} onChoose={setChosen} />
          </section>
        )}
      </div>
    </div>
  );
}

function indexOf(events: { id: string }[] | undefined, id: string | undefined): number {
  return events?.findIndex((event) => event.id === id) ?? -1;
}

function OffNote({ count, onReset }: { count: number; onReset: () => void }) {
  return (
    <Text size="xs" mt={8} role="status">
      {count === 1 ? "One condition is" : `${count} conditions are`} off for this try only; the draft has{" "}
      {count === 1 ? "it" : "them"}.{" "}
      <Anchor component="button" type="button" size="xs" onClick={onReset}>
        Turn on again
      </Anchor>
    </Text>
  );
}
