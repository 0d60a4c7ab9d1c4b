/** The settings of a workflow as one form, drawn from the server's schema; and deleting it. */

import { Button, Group, Stack, Switch, Text, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { type Saved, settingsSchemaQuery } from "../api/definitions";
import { useMay } from "../api/me";
import { ApiError } from "../api/problems";
import type { Schema } from "../forms/fields";
import { Loading } from "../ui/Loading";
import { Notice } from "../ui/Notice";
import { Problem } from "../ui/Problem";
import { WriteButton } from "../ui/WriteButton";
import { DeleteWorkflow } from "./DeleteWorkflow";
import { FlowFields } from "./FlowFields";
import { SettingsConflict } from "./SettingsConflict";
import { NAMES, problemsByMember } from "./settings";
import { type SettingsDraft, useSettings } from "./useSettings";
import "./settings.css";

export default function SettingsTab({ saved }: { saved: Saved }) {
  const schema = useQuery(settingsSchemaQuery());
  const draft = useSettings(saved);
  const may = useMay();
  if (saved.inexact) {
    return (
      <Notice tone="warning" title="These settings cannot be changed here">
        The workflow has the number {saved.inexact}, which a browser would change when it saves. Change it by the API,
        or write the number as a text.
      </Notice>
    );
  }
  if (schema.error) return <Problem error={schema.error} onRetry={schema.refetch} />;
  if (!schema.data) return <Loading lines={5} height={60} />;
  const mayWrite = may("workflows:write");
  return (
    <Stack gap="lg" maw={760}>
      {!mayWrite && (
        <Text size="sm" className="quiet">
          Your key can read workflows, but does not have the scope workflows:write.
        </Text>
      )}
      <fieldset disabled={!mayWrite} className="settings-fields">
        <Fields draft={draft} schemas={schema.data.properties as Record<string, Schema>} />
      </fieldset>
      {draft.error && <Problem error={draft.error} />}
      <SettingsConflict draft={draft} />
      {mayWrite && (
        <>
          <Group className="settings-save">
            <WriteButton disabled={!draft.isDirty} loading={draft.isSaving} onClick={draft.save}>
              Save settings
            </WriteButton>
            <Button
              variant="default"
              disabled={!draft.isDirty || draft.isSaving}
              onClick={() => draft.edit(draft.base)}
            >
              Discard
            </Button>
            <Text size="sm" className="quiet" role="status">
              {draft.isDirty ? "Not saved" : `Version ${saved.workflow.version}, as it is saved`}
            </Text>
          </Group>
          <DeleteWorkflow saved={saved} />
        </>
      )}
    </Stack>
  );
}

function Fields({ draft, schemas }: { draft: SettingsDraft; schemas: Record<string, Schema> }) {
  const { settings, error } = draft;
  const problems = problemsByMember(error instanceof ApiError ? error.problems : []);
  const problemOf = (key: string) => [...(problems.get(key)?.values() ?? [])].join(" ");
  const set = (key: string, value: unknown) => draft.edit({ ...settings, [key]: value });
  return (
    <Stack gap="lg">
      <TextInput
        label={NAMES.name}
        required
        value={String(settings.name ?? "")}
        error={problemOf("name")}
        onChange={(event) => set("name", event.currentTarget.value)}
      />
      <TextInput
        label={NAMES.description}
        description={String(schemas.description?.description ?? "")}
        value={String(settings.description ?? "")}
        error={problemOf("description")}
        onChange={(event) => set("description", event.currentTarget.value || undefined)}
      />
      <Switch
        label={NAMES.is_active}
        description={String(schemas.is_active?.description ?? "")}
        checked={settings.is_active !== false}
        onChange={(event) => set("is_active", event.currentTarget.checked)}
      />
      {Object.entries(schemas)
        .filter(([, schema]) => schema.type === "object")
        .map(([key, schema]) => (
          <FlowFields
            key={key}
            name={NAMES[key] ?? key}
            schema={schema}
            value={settings[key]}
            problems={problems.get(key)}
            onChange={(value) => set(key, value)}
          />
        ))}
      <Switch
        label={NAMES.self}
        description={String(schemas.self?.description ?? "")}
        checked={settings.self === true}
        onChange={(event) => set("self", event.currentTarget.checked || undefined)}
      />
    </Stack>
  );
}
