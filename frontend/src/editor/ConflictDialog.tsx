/** Somebody saved while the user was editing: what each changed, side by side; nothing is overwritten unseen. */

import { Button, Group, Modal, Stack, Text } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import { createDefinition, type Saved } from "../api/definitions";
import type { Definition } from "../graph/document";
import { Problem } from "../ui/Problem";
import { WriteButton } from "../ui/WriteButton";
import { Changed } from "./Changed";
import { dropDraft, keepDraft, tabName } from "./draftStore";
import { type Choices, merge } from "./merge";
import { type Base, baseOf } from "./useDraft";
import { useAuthor } from "./useNewer";

interface ConflictDialogProps {
  /** What the server has now; null: there is no conflict. */
  theirs: Saved | null;
  base: Base;
  mine: Definition;
  onClose: () => void;
  /** Go on from theirs with this definition. */
  onChoose: (base: Base, definition: Definition) => void;
}

export function ConflictDialog({ theirs, onClose, ...rest }: ConflictDialogProps) {
  return (
    <Modal opened={!!theirs} onClose={onClose} title="This workflow was saved meanwhile" size={920}>
      {theirs && <Conflict theirs={theirs} {...rest} />}
    </Modal>
  );
}

type ConflictProps = Omit<ConflictDialogProps, "theirs" | "onClose"> & { theirs: Saved };

function Conflict({ theirs, base, mine, onChoose }: ConflictProps) {
  const [choices, setChoices] = useState<Choices>({});
  const now = useMemo(() => baseOf(theirs), [theirs]);
  const { id } = theirs.workflow;
  const who = useAuthor(id, base.version, now.version);
  const { definition, changes } = merge(base.definition, mine, now.definition, choices);
  const open = changes.filter(({ thing, isClash }) => isClash && !choices[thing]).length;
  const takeTheirs = async () => {
    // Under a name of its own, so that the next visit offers it although this tab goes on without changes.
    const { definition: old, ...from } = base;
    await keepDraft({
      workflowId: id,
      tab: `${tabName()} ${now.etag}`,
      definition: mine,
      base: old,
      ...from,
      at: Date.now(),
    });
    onChoose(now, now.definition);
  };
  const copy = useCopy(id, mine);
  return (
    <Stack gap="md">
      <Text size="sm">
        {who} saved {now.version === base.version ? "other settings or positions" : `version ${now.version}`} while you
        worked on version {base.version}.{" "}
        {changes.some((change) => change.isClash)
          ? "Choose what becomes of each thing that both of you changed."
          : "You and they changed different things, so both can be kept."}
      </Text>
      <div className="changed-all">
        {changes.map((change) => (
          <Changed
            key={change.thing}
            change={change}
            choice={choices[change.thing]}
            onChoose={(side) => setChoices({ ...choices, [change.thing]: side })}
          />
        ))}
      </div>
      {copy.error && <Problem error={copy.error} />}
      <Group gap="xs">
        <Button disabled={open > 0} onClick={() => onChoose(now, definition)}>
          Combine both
        </Button>
        <WriteButton variant="default" loading={copy.isPending} onClick={() => copy.mutate()}>
          Save mine as a copy
        </WriteButton>
        <Button variant="default" onClick={takeTheirs}>
          Take theirs (my draft is kept)
        </Button>
      </Group>
      <Text size="xs" className="quiet" role="status">
        {open > 0
          ? `${open} to choose before both can be combined.`
          : "Combining changes only your draft: look at it, then save. Undo brings the draft back."}
      </Text>
    </Stack>
  );
}

/** Save my draft as another workflow, which no event starts until it is switched on, and go there. */
function useCopy(id: string, mine: Definition) {
  const queries = useQueryClient();
  const navigate = useNavigate();
  return useMutation({
    mutationFn: () => createDefinition({ ...mine, name: `${mine.name} (copy)`, is_active: false }),
    onSuccess: async (copy) => {
      await dropDraft(id, tabName());
      void queries.invalidateQueries({ queryKey: ["workflows"] });
      return navigate({ to: "/workflows/$workflowId", params: { workflowId: copy.id } });
    },
  });
}
