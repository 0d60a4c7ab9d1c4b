/** The fields of a credential, by its type. */

import { Autocomplete, Group, Select, Stack, Textarea, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { type Credential, saveCredential, secretsQuery } from "../../api/secrets";
import { Problem } from "../../ui/Problem";
import { WriteButton } from "../../ui/WriteButton";
import { useChange } from "../useChange";
import { bodyOf, type CredentialDraft, type CredentialType, draftOf, TYPES } from "./draft";

const TYPE_OPTIONS = Object.entries(TYPES).map(([value, { label }]) => ({ value, label }));

interface CredentialFormProps {
  /** The credential to change; undefined for a new one. */
  saved?: Credential;
  onDone: () => void;
}

export function CredentialForm({ saved, onDone }: CredentialFormProps) {
  const [draft, setDraft] = useState(() => draftOf(saved));
  const { data: secrets = [] } = useQuery(secretsQuery());
  const set = (change: Partial<CredentialDraft>) => setDraft((old) => ({ ...old, ...change }));
  const saving = useChange<CredentialDraft>(
    (given) => saveCredential(given.name.trim(), bodyOf(given)),
    ["credentials", "secrets", "audit"],
    onDone,
  );
  const submit = (event: FormEvent) => {
    event.preventDefault();
    saving.mutate(draft);
  };
  return (
    <form onSubmit={submit}>
      <Stack gap="md">
        {!saved && (
          <TextInput
            label="Name"
            description="A node names it as auth."
            required
            data-autofocus
            value={draft.name}
            onChange={(event) => set({ name: event.currentTarget.value })}
          />
        )}
        <Select
          label="Type"
          data={TYPE_OPTIONS}
          value={draft.type}
          allowDeselect={false}
          onChange={(value) => value && set({ type: value as CredentialType })}
        />
        {TYPES[draft.type].fields.map((field) => {
          const given = {
            label: field.label,
            required: !field.isOptional,
            value: draft.members[field.key] ?? "",
          };
          const change = (value: string) => set({ members: { ...draft.members, [field.key]: value } });
          return field.isSecret ? (
            <Autocomplete
              key={field.key}
              {...given}
              description="The name of a secret, not its value."
              data={secrets.map((secret) => secret.name)}
              onChange={change}
            />
          ) : (
            <TextInput
              key={field.key}
              {...given}
              description={field.description}
              onChange={(event) => change(event.currentTarget.value)}
            />
          );
        })}
        <Textarea
          label="Hosts"
          description="Where it may be sent, one a line: api.example.com (https), *.example.com, or http://localhost:8080"
          required
          autosize
          minRows={2}
          value={draft.hosts}
          onChange={(event) => set({ hosts: event.currentTarget.value })}
        />
        {saving.error && <Problem error={saving.error} />}
        <Group>
          <WriteButton type="submit" loading={saving.isPending}>
            {saved ? "Save" : "Create credential"}
          </WriteButton>
        </Group>
      </Stack>
    </form>
  );
}
