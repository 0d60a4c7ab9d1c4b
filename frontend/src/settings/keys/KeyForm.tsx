/** The fields of a new key. */

import { Checkbox, Group, SimpleGrid, Stack, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { addKey, type Scope } from "../../api/keys";
import type { NewKeyRead } from "../../client/types.gen";
import { NumberField } from "../../ui/NumberField";
import { Problem } from "../../ui/Problem";
import { WriteButton } from "../../ui/WriteButton";
import { useChange } from "../useChange";
import { EMPTY, type KeyDraft, newKeyOf } from "./draft";
import { SCOPES } from "./scopes";

export function KeyForm({ onDone }: { onDone: (key: NewKeyRead) => void }) {
  const [draft, setDraft] = useState(EMPTY);
  const set = (change: Partial<KeyDraft>) => setDraft((old) => ({ ...old, ...change }));
  const saving = useChange<KeyDraft, NewKeyRead>((given) => addKey(newKeyOf(given)), ["keys", "audit"], onDone);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    saving.mutate(draft);
  };
  return (
    <form onSubmit={submit}>
      <Stack gap="md">
        <TextInput
          label="Name"
          description="Of the program or the person that uses it. Approvals are decided under this name."
          required
          data-autofocus
          value={draft.name}
          onChange={(event) => set({ name: event.currentTarget.value })}
        />
        <Checkbox.Group
          label="Scopes"
          description="What the key may do. Writing includes reading the same things."
          required
          value={draft.scopes}
          onChange={(scopes) => set({ scopes: scopes as Scope[] })}
        >
          <Stack gap={8} mt={8}>
            {SCOPES.map((scope) => (
              <Checkbox key={scope.value} value={scope.value} label={scope.label} description={scope.value} />
            ))}
          </Stack>
        </Checkbox.Group>
        <SimpleGrid cols={{ base: 1, sm: 2 }} style={{ alignItems: "end" }}>
          <TextInput
            label="Last day"
            description="Left empty, it does not expire."
            type="date"
            value={draft.expires}
            onChange={(event) => set({ expires: event.currentTarget.value })}
          />
          <TextInput
            label="Only workflows that begin with"
            description="Left empty, all."
            placeholder="sales-"
            value={draft.workflowPrefix}
            onChange={(event) => set({ workflowPrefix: event.currentTarget.value })}
          />
          <NumberField
            label="Requests a second"
            description="Left empty, the limit of the deployment."
            value={draft.requestsPerSecond}
            onChange={(requestsPerSecond) => set({ requestsPerSecond })}
          />
          <NumberField
            label="Bytes a minute"
            description="Left empty, the limit of the deployment."
            value={draft.bytesPerMinute}
            onChange={(bytesPerMinute) => set({ bytesPerMinute })}
          />
        </SimpleGrid>
        {saving.error && <Problem error={saving.error} />}
        <Group>
          <WriteButton type="submit" loading={saving.isPending} disabled={draft.scopes.length === 0}>
            Create key
          </WriteButton>
        </Group>
      </Stack>
    </form>
  );
}
