/** The name of a workflow as the title of its page, which is edited in place. */

import { ActionIcon, Group, TextInput } from "@mantine/core";
import { Pencil } from "lucide-react";
import { useState } from "react";
import type { Saved } from "../api/definitions";
import { useMembers } from "./useMembers";

export function NameField({ saved }: { saved: Saved }) {
  const { name } = saved.workflow;
  const { save, isSaving, canSave } = useMembers(saved);
  const [typed, setTyped] = useState<string | null>(null);
  if (typed === null) {
    return (
      <Group gap={6} wrap="nowrap">
        <bdi style={{ overflowWrap: "anywhere" }}>{name}</bdi>
        {canSave && (
          <ActionIcon
            variant="subtle"
            color="gray"
            size="sm"
            aria-label="Edit the name"
            loading={isSaving}
            onClick={() => setTyped(name)}
          >
            <Pencil size={14} />
          </ActionIcon>
        )}
      </Group>
    );
  }
  const finish = () => {
    setTyped(null);
    const next = typed.trim();
    if (next && next !== name) save({ name: next });
  };
  return (
    <TextInput
      aria-label="Name"
      autoFocus
      size="sm"
      w={360}
      maw="100%"
      value={typed}
      onFocus={(event) => event.currentTarget.select()}
      onChange={(event) => setTyped(event.currentTarget.value)}
      onBlur={finish}
      onKeyDown={(event) => {
        if (event.key === "Enter") event.currentTarget.blur();
        if (event.key === "Escape") setTyped(null);
      }}
    />
  );
}
