/** The fields of a hook: to create one, or to change one. */

import { Button, Group, PasswordInput, Select, Stack, Switch, Text, TextInput } from "@mantine/core";
import { WandSparkles } from "lucide-react";
import { type FormEvent, useState } from "react";
import { addHook, type Hook, type Scheme, saveHook } from "../../api/hooks";
import { Problem } from "../../ui/Problem";
import { WriteButton } from "../../ui/WriteButton";
import { useChange } from "../useChange";
import { changeOf, draftOf, type HookDraft, newHookOf } from "./draft";
import { HmacFields } from "./HmacFields";
import { makeSecret, SCHEME_OPTIONS, SCHEMES } from "./schemes";

interface HookFormProps {
  /** The hook to change; undefined for a new one. */
  hook?: Hook;
  /** With the secret that the studio made, which has to be shown once. */
  onDone: (hook: Hook, made: string | null) => void;
}

export function HookForm({ hook, onDone }: HookFormProps) {
  const [draft, setDraft] = useState(() => draftOf(hook));
  const [made, setMade] = useState<string | null>(null);
  const set = (change: Partial<HookDraft>) => setDraft((old) => ({ ...old, ...change }));
  const saving = useChange<HookDraft, Hook>(
    (given) => (hook ? saveHook(hook.name, changeOf(given)) : addHook(newHookOf(given))),
    ["hooks", "hook"],
    (saved) => onDone(saved, made && made === draft.secret && draft.scheme !== "none" ? made : null),
  );
  const submit = (event: FormEvent) => {
    event.preventDefault();
    saving.mutate(draft);
  };
  const text = SCHEMES[draft.scheme];
  const keepsSecret = hook?.scheme === draft.scheme;
  return (
    <form onSubmit={submit}>
      <Stack gap="md">
        {!hook && (
          <TextInput
            label="Name"
            description={`The end of its URL: ${location.origin}/hooks/${draft.name || "…"}`}
            required
            data-autofocus
            value={draft.name}
            onChange={(event) => set({ name: event.currentTarget.value })}
          />
        )}
        <Select
          label="Sender"
          description="How a delivery proves that it is genuine."
          data={SCHEME_OPTIONS}
          value={draft.scheme}
          allowDeselect={false}
          onChange={(value) => value && set({ scheme: value as Scheme })}
        />
        {text.secret && (
          <PasswordInput
            label={hook ? "New secret" : "Secret"}
            description={keepsSecret ? `Left empty, the secret stays. ${text.secret}` : text.secret}
            required={!keepsSecret}
            autoComplete="new-password"
            value={draft.secret}
            onChange={(event) => set({ secret: event.currentTarget.value })}
          />
        )}
        {text.isFree && (
          <Group gap="xs">
            <Button
              size="compact-sm"
              variant="default"
              leftSection={<WandSparkles size={14} />}
              onClick={() => {
                const secret = makeSecret();
                setMade(secret);
                set({ secret });
              }}
            >
              Make a secret
            </Button>
            {made && made === draft.secret && (
              <Text size="sm" className="quiet" role="status">
                It is shown once after saving.
              </Text>
            )}
          </Group>
        )}
        {text.secret && keepsSecret && draft.secret && (
          <PasswordInput
            label="Old secret"
            description="Still accepted beside the new one, until the sender has been changed. Remove it later by saving the new one alone."
            autoComplete="new-password"
            value={draft.oldSecret}
            onChange={(event) => set({ oldSecret: event.currentTarget.value })}
          />
        )}
        {draft.scheme === "hmac" && <HmacFields draft={draft} hasToken={!!hook?.has_verify_token} onChange={set} />}
        <Switch
          label="Active"
          description="Deliveries to a hook that is off are refused with 404."
          checked={draft.isActive}
          onChange={(event) => set({ isActive: event.currentTarget.checked })}
        />
        {saving.error && <Problem error={saving.error} />}
        <Group>
          <WriteButton type="submit" loading={saving.isPending}>
            {hook ? "Save" : "Create hook"}
          </WriteButton>
        </Group>
      </Stack>
    </form>
  );
}
