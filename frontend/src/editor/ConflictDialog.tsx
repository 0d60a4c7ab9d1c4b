/** Somebody saved while the user was editing: both are combined, or one is chosen; nothing is overwritten unseen. */

import { Button, Group, List, Modal, Stack, Text } from "@mantine/core";
import type { Saved } from "../api/definitions";
import type { Definition } from "../graph/document";
import { merge } from "./merge";
import { type Base, baseOf } from "./useDraft";

interface ConflictDialogProps {
  /** What the server has now; null: there is no conflict. */
  theirs: Saved | null;
  base: Base;
  mine: Definition;
  onClose: () => void;
  /** Go on from theirs with this definition. */
  onChoose: (base: Base, definition: Definition) => void;
}

export function ConflictDialog({ theirs, base, mine, onClose, onChoose }: ConflictDialogProps) {
  return (
    <Modal opened={!!theirs} onClose={onClose} title="Somebody else saved this workflow" size="lg">
      {theirs && <Choices theirs={theirs} base={base} mine={mine} onChoose={onChoose} />}
    </Modal>
  );
}

interface ChoicesProps {
  theirs: Saved;
  base: Base;
  mine: Definition;
  onChoose: ConflictDialogProps["onChoose"];
}

function Choices({ theirs, base, mine, onChoose }: ChoicesProps) {
  const now = baseOf(theirs);
  const { definition, clashes } = merge(base.definition, mine, now.definition);
  return (
    <Stack gap="md">
      <Text size="sm">
        Version {now.version} was saved while you worked on version {base.version}. Nothing is lost: your draft is kept
        in this browser.
      </Text>
      {clashes.length === 0 ? (
        <Text size="sm">You and they changed different things, so both can be kept.</Text>
      ) : (
        <>
          <Text size="sm">Both of you changed these; combining takes yours:</Text>
          <List size="sm">
            {clashes.map((clash) => (
              <List.Item key={clash.thing}>{clash.thing}</List.Item>
            ))}
          </List>
        </>
      )}
      <Group>
        <Button onClick={() => onChoose(now, definition)}>Combine both</Button>
        <Button variant="default" onClick={() => onChoose(now, mine)}>
          Take mine
        </Button>
        <Button variant="default" onClick={() => onChoose(now, now.definition)}>
          Take theirs
        </Button>
      </Group>
      <Text size="xs" className="quiet">
        This changes only your draft; look at it, then save. Undo brings the draft back.
      </Text>
    </Stack>
  );
}
