/** Stores a value under a name; nobody can read it afterwards. */

import { Group, PasswordInput, Stack, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { saveSecret } from "../../api/secrets";
import { Problem } from "../../ui/Problem";
import { WriteButton } from "../../ui/WriteButton";
import { useChange } from "../useChange";

interface SecretFormProps {
  /** The secret that gets another value; undefined for a new one. */
  saved?: string;
  onDone: () => void;
}

export function SecretForm({ saved, onDone }: SecretFormProps) {
  const [name, setName] = useState(saved ?? "");
  const [value, setValue] = useState("");
  const saving = useChange(saveSecret, ["secrets", "audit"], () => {
    setValue("");
    onDone();
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    saving.mutate({ name: name.trim(), value });
  };
  return (
    <form onSubmit={submit}>
      <Stack gap="md">
        {!saved && (
          <TextInput
            label="Name"
            description="Letters, digits, _ and -. A node uses it as {{ secret.NAME }}."
            placeholder="ISSUES_TOKEN"
            required
            data-autofocus
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
          />
        )}
        <PasswordInput
          label={saved ? "Another value" : "Value"}
          description="It can be written and used, but never read. Every worker uses it after about a second."
          required
          autoComplete="new-password"
          value={value}
          onChange={(event) => setValue(event.currentTarget.value)}
        />
        {saving.error && <Problem error={saving.error} />}
        <Group>
          <WriteButton type="submit" loading={saving.isPending}>
            {saved ? "Save the value" : "Create secret"}
          </WriteButton>
        </Group>
      </Stack>
    </form>
  );
}
