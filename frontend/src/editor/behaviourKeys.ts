/** Which of the reserved keys a node of each dialect can have. */

import type { Schema } from "../forms/fields";

/** Keys that a dialect decides itself, or writes in another way. */
const WITHOUT: Record<string, string[]> = {
  tasks: ["compensate"],
  steps: ["on_error", "join", "max_visits", "compensate"],
};

export function reservedKeys(schema: Schema | undefined): string[] {
  return Object.keys((schema?.properties ?? {}) as object);
}

export function keysOf(kind: string, schema: Schema): string[] {
  return reservedKeys(schema).filter((key) => !WITHOUT[kind]?.includes(key));
}

/** Keys that the form of parameters leaves out; the config of a task has only keys of its own. */
export function hiddenKeys(kind: string, schema: Schema | undefined): ReadonlySet<string> {
  return new Set(kind === "tasks" ? [] : reservedKeys(schema));
}
