/** Templates while they are typed: what could be completed, and the value that one had in an execution. */

import { placeholdersIn, readReference } from "./references";

export function isTemplate(value: unknown): value is string {
  return typeof value === "string" && value.includes("{{");
}

/** The texts that complete what was typed, each with what it adds; all of them for an empty text. */
export function completionsOf(text: string, paths: string[], most = 50): { text: string; path: string }[] {
  const open = text.lastIndexOf("{{");
  const isOpen = open >= 0 && !text.slice(open).includes("}}");
  if (!isOpen && text !== "") return [];
  const before = isOpen ? text.slice(0, open) : "";
  const wanted = isOpen
    ? text
        .slice(open + 2)
        .trim()
        .toLowerCase()
    : "";
  return paths
    .filter((path) => path.toLowerCase().includes(wanted))
    .sort((a, b) => Number(b.toLowerCase().startsWith(wanted)) - Number(a.toLowerCase().startsWith(wanted)))
    .slice(0, most)
    .map((path) => ({ path, text: `${before}{{ ${path} }}` }));
}

/** The same where a template is typed in a longer text: the whole text after each, and where the next letter comes. */
export function completionsAt(text: string, caret: number, paths: string[], most = 50) {
  const [before, after] = [text.slice(0, caret), text.slice(caret).replace(/^[^{}\n]*}}/, "")];
  if (!before.includes("{{")) return [];
  return completionsOf(before, paths, most).map((option) => ({
    path: option.path,
    text: option.text + after,
    caret: option.text.length,
  }));
}

const NAME = /^(?:[\w$@:-]|[^\p{Cc}\s!-~])+$/u;

/** The paths into a value, as templates write them. */
export function pathsIn(value: unknown, start: string, depth = 4): string[] {
  if (!value || typeof value !== "object" || depth === 0) return [];
  const entries: [string, unknown][] = Array.isArray(value)
    ? value.slice(0, 1).map((each) => [`${start}[0]`, each])
    : Object.entries(value).map(([key, each]) => [NAME.test(key) ? `${start}.${key}` : `${start}["${key}"]`, each]);
  return entries
    .filter(([path]) => !path.includes('""'))
    .flatMap(([path, each]) => [path, ...pathsIn(each, path, depth - 1)]);
}

export interface Scope {
  payload: unknown;
  /** Outputs by the ids of nodes, as far as they are known. */
  outputs: Readonly<Record<string, unknown>>;
  ids: ReadonlySet<string>;
}

/** The nodes whose outputs a template names. */
export function nodesIn(template: string, ids: ReadonlySet<string>): string[] {
  const found = placeholdersIn(template).map(({ text }) => readReference(text, ids));
  return [...new Set(found.flatMap((each) => (each?.source === "node" ? [each.name] : [])))];
}

/** The value of a template without filters; undefined where a part of it is not known, as that of a secret. */
export function valueOfTemplate(template: string, scope: Scope): unknown {
  const placeholders = placeholdersIn(template);
  const values = placeholders.map(({ text }) => (text.includes("|") ? undefined : lookUp(text, scope)));
  if (placeholders.length === 0 || values.includes(undefined)) return undefined;
  const [first] = placeholders;
  if (placeholders.length === 1 && template.length === (first?.text.length ?? 0) + 4) return values[0];
  const pieces = placeholders.map(({ start }, index) => {
    const from =
      index === 0 ? 0 : (placeholders[index - 1]?.start ?? 0) + (placeholders[index - 1]?.text.length ?? 0) + 2;
    return template.slice(from, start - 2) + wordOf(values[index]);
  });
  const last = placeholders.at(-1);
  return pieces.join("") + template.slice((last?.start ?? 0) + (last?.text.length ?? 0) + 2);
}

function lookUp(text: string, { payload, outputs, ids }: Scope): unknown {
  const reference = readReference(text, ids);
  if (!reference) return undefined;
  const { source, name, path } = reference;
  if (source === "payload") return valueAt(payload, path);
  if (source === "parameter") return valueAt(payload, [name, ...path]);
  if (source !== "node" || !(name in outputs)) return undefined;
  return valueAt(outputs[name], path[0] === "output" ? path.slice(1) : path);
}

/** Null where there is nothing. */
function valueAt(value: unknown, path: string[]): unknown {
  return path.reduce<unknown>(
    (found, key) =>
      found && typeof found === "object" && Object.hasOwn(found, key) ? (found as Record<string, unknown>)[key] : null,
    value ?? null,
  );
}

function wordOf(value: unknown): string {
  if (value === null) return "";
  return typeof value === "string" ? value : JSON.stringify(value);
}
