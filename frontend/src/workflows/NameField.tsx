/** The name of a workflow, which is edited in place of the title of its page. */

import { ActionIcon, TextInput } from "@mantine/core";
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
      canSave && (
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
      )
    );
  }
  const finish = () => {
    setTyped(null);
    const next = typed.trim();
    if (next && next !== name) save({ name: next });
  };
  return (
    <TextInput
      className="name-field"
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
