/** A JSON value that can be edited, with how it differs from the original. */

import { Button, Group, Stack, Text } from "@mantine/core";
import { Diff } from "../ui/Diff";
import { JsonField } from "../ui/JsonField";
import { jsonText, parseJson } from "../ui/jsonText";

interface EditedJsonProps {
  label: string;
  description?: string;
  original: unknown;
  /** The text as it was edited; absent: as it was. */
  text: string | undefined;
  error: string | undefined;
  maxRows?: number;
  onChange: (text: string | undefined) => void;
}

export function EditedJson({ label, description, original, text, error, maxRows = 12, onChange }: EditedJsonProps) {
  const value = text === undefined ? undefined : parseJson(text).value;
  return (
    <Stack gap="xs">
      <JsonField
        label={label}
        description={description}
        value={text ?? jsonText(original)}
        error={error}
        minRows={3}
        maxRows={maxRows}
        onChange={onChange}
      />
      {text !== undefined && (
        <>
          <Group justify="space-between">
            <Text size="xs" className="quiet">
              Changes to the original
            </Text>
            <Button size="compact-xs" variant="default" onClick={() => onChange(undefined)}>
              Undo all changes
            </Button>
          </Group>
          {!error && <Diff a={original} b={value} label={`Changes of: ${label}`} names={["original", "fork"]} />}
        </>
      )}
    </Stack>
  );
}
