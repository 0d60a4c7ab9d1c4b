/** The fields of a subscription: to create one, or to change one. */

import { Checkbox, Group, PasswordInput, Stack, Switch, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { addSubscription, type Subscription, saveSubscription } from "../../api/subscriptions";
import type { SubscriptionCreated } from "../../client/types.gen";
import { Problem } from "../../ui/Problem";
import { WriteButton } from "../../ui/WriteButton";
import { useChange } from "../useChange";
import { changeOf, draftOf, newSubscriptionOf, type SubscriptionDraft } from "./draft";
import { EVENT_TYPES } from "./types";
import { WorkflowField } from "./WorkflowField";

interface SubscriptionFormProps {
  /** The subscription to change; undefined for a new one. */
  saved?: Subscription;
  /** With the secret, if the server has just made it. */
  onDone: (subscription: SubscriptionCreated) => void;
}

export function SubscriptionForm({ saved, onDone }: SubscriptionFormProps) {
  const [draft, setDraft] = useState(() => draftOf(saved));
  const set = (change: Partial<SubscriptionDraft>) => setDraft((old) => ({ ...old, ...change }));
  const saving = useChange<SubscriptionDraft, SubscriptionCreated>(
    (given) => (saved ? saveSubscription(saved.id, changeOf(given)) : addSubscription(newSubscriptionOf(given))),
    ["subscriptions", "subscription", "deliveries"],
    onDone,
  );
  const submit = (event: FormEvent) => {
    event.preventDefault();
    saving.mutate(draft);
  };
  return (
    <form onSubmit={submit}>
      <Stack gap="md">
        <TextInput
          label="URL"
          description="Events are posted there. It begins with https:// or http://, and has no login."
          type="url"
          required
          data-autofocus
          value={draft.url}
          onChange={(event) => set({ url: event.currentTarget.value })}
        />
        <Checkbox.Group label="Events" required value={draft.types} onChange={(types) => set({ types })}>
          <Stack gap={8} mt={6}>
            {EVENT_TYPES.map((type) => (
              <Checkbox key={type.value} value={type.value} label={type.label} description={type.value} />
            ))}
          </Stack>
        </Checkbox.Group>
        <WorkflowField value={draft.workflowId} onChange={(workflowId) => set({ workflowId })} />
        <PasswordInput
          label={saved ? "New signing secret" : "Signing secret"}
          description={
            saved
              ? "Left empty, the secret stays."
              : "Left empty, one is made and shown once. Else whsec_ and 24 to 64 bytes in base64."
          }
          autoComplete="new-password"
          value={draft.secret}
          onChange={(event) => set({ secret: event.currentTarget.value })}
        />
        {saved && (
          <Switch
            label="Active"
            description="Off, nothing is delivered, and what is pending is given up."
            checked={draft.isActive}
            onChange={(event) => set({ isActive: event.currentTarget.checked })}
          />
        )}
        {saving.error && <Problem error={saving.error} />}
        <Group>
          <WriteButton type="submit" loading={saving.isPending} disabled={draft.types.length === 0}>
            {saved ? "Save" : "Create subscription"}
          </WriteButton>
        </Group>
      </Stack>
    </form>
  );
}
