/** The keys that every node has: attempts, time limits, joins; from the server's schema of them. */

import { Stack, Text } from "@mantine/core";
import type { Schema } from "../forms/fields";
import { SchemaForm } from "../forms/SchemaForm";
import { keysOf } from "./behaviourKeys";

interface BehaviourProps {
  kind: string;
  schema: Schema;
  data: Record<string, unknown>;
  problems: ReadonlyMap<string, string>;
  onChange: (data: Record<string, unknown>) => void;
}

export function Behaviour({ kind, schema, data, problems, onChange }: BehaviourProps) {
  const known = (schema.properties ?? {}) as Record<string, Schema>;
  const keys = keysOf(kind, schema);
  const groups = keys.filter((key) => known[key]?.type === "object" && isObject(data[key] ?? {}));
  const properties = Object.fromEntries(keys.filter((key) => !groups.includes(key)).map((key) => [key, known[key]]));
  const hidden = new Set(Object.keys(data).filter((key) => !(key in properties)));
  return (
    <Stack gap="md">
      {groups.map((key) => (
        <fieldset key={key} className="behaviour-group">
          <legend>{key}</legend>
          <Text size="xs" className="quiet" mb={8}>
            {String(known[key]?.description ?? "")}
          </Text>
          <SchemaForm
            schema={known[key] ?? {}}
            data={(data[key] ?? {}) as Record<string, unknown>}
            problems={new Map()}
            onChange={(next) => onChange(withGroup(data, key, next))}
          />
        </fieldset>
      ))}
      <SchemaForm schema={{ properties }} data={data} problems={problems} hidden={hidden} onChange={onChange} />
    </Stack>
  );
}

/** The data with other values of a group; without it where it has none. */
function withGroup(data: Record<string, unknown>, key: string, group: Record<string, unknown>) {
  const { [key]: _, ...rest } = data;
  return Object.keys(group).length ? { ...data, [key]: group } : rest;
}

function isObject(value: unknown): boolean {
  return !!value && typeof value === "object" && !Array.isArray(value);
}
