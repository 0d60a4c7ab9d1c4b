/** One member of the flow control of a workflow: whether it is there, and its fields. */

import { Stack, Switch } from "@mantine/core";
import type { Schema } from "../forms/fields";
import { SchemaForm } from "../forms/SchemaForm";
import { Words } from "../ui/Words";

interface FlowFieldsProps {
  name: string;
  schema: Schema;
  value: unknown;
  /** Messages by the key inside; "" is the member itself. */
  problems: ReadonlyMap<string, string> | undefined;
  onChange: (value: unknown) => void;
}

const NONE: ReadonlyMap<string, string> = new Map();

export function FlowFields({ name, schema, value, problems = NONE, onChange }: FlowFieldsProps) {
  const data = value && typeof value === "object" ? (value as Record<string, unknown>) : undefined;
  return (
    <Stack gap="sm" className="flow-fields" data-on={!!data || undefined} role="group" aria-label={name}>
      <Switch
        label={name}
        description={<Words text={String(schema.description ?? "").replaceAll("``", "`")} />}
        error={problems.get("")}
        checked={!!data}
        onChange={(event) => onChange(event.currentTarget.checked ? {} : undefined)}
      />
      {data && <SchemaForm schema={schema} data={data} problems={problems} onChange={onChange} />}
    </Stack>
  );
}
