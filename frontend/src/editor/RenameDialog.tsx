/** Another id for a node: what would change is shown first. */

import { Button, Group, Modal, Stack, Text, TextInput } from "@mantine/core";
import { useMemo, useState } from "react";
import type { Definition } from "../graph/document";
import { type Change, renameNode } from "../graph/rename";
import { partsOf } from "../graph/spans";
import "./rename.css";

/** Changes that are listed. */
const MOST = 200;

interface RenameDialogProps {
  definition: Definition;
  id: string;
  onClose: () => void;
  onRename: (id: string, definition: Definition) => void;
}

export function RenameDialog({ definition, id, onClose, onRename }: RenameDialogProps) {
  const [next, setNext] = useState(id);
  const renamed = useMemo(() => renameNode(definition, id, next), [definition, id, next]);
  const { changes, faults } = renamed;
  const isOff = faults.length > 0 || changes.length === 0;
  const rename = () => isOff || onRename(next, renamed.definition);
  return (
    <Modal opened onClose={onClose} title={`Rename ${id}`} size="lg">
      <Stack gap="md">
        <TextInput
          label="New id"
          data-autofocus
          value={next}
          error={faults[0]}
          onChange={(event) => setNext(event.currentTarget.value)}
          onKeyDown={(event) => event.key === "Enter" && rename()}
        />
        {!isOff && (
          <div>
            <Text size="sm" mb={6}>
              {changes.length === 1 ? "One place changes:" : `${changes.length} places change:`}
            </Text>
            {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so the keyboard has to reach it */}
            <ul className="rename-changes" tabIndex={0} aria-label="Changes">
              {changes.slice(0, MOST).map((change) => (
                <li key={change.pointer}>
                  <span className="quiet">{placeText(change, definition)}</span>
                  <del>{change.before}</del>
                  <ins>{change.after}</ins>
                </li>
              ))}
            </ul>
            {changes.length > MOST && (
              <Text size="sm" className="quiet">
                And {changes.length - MOST} more.
              </Text>
            )}
          </div>
        )}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button disabled={isOff} onClick={rename}>
            Rename
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}

/** "Node say · note", "Edge 2 · source". */
function placeText({ pointer }: Change, { graph }: Definition): string {
  const [, list, index, ...rest] = partsOf(pointer);
  const name = list === "nodes" ? `Node ${graph.nodes[Number(index)]?.id}` : `Edge ${Number(index) + 1}`;
  return `${name} · ${rest.filter((part, place) => place > 0 || part !== "data").join(".")}`;
}
