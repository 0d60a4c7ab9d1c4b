/** Constants of a rule as a person writes them: their kinds, and the texts of fields. */

import { exactText, readNumber as numberOf, readJson as parseExactly, writeJson } from "../graph/exact";
import type { SeenType } from "./leaf";
import { isConstant, readOf } from "./parts";
import type { Value } from "./pointer";

/** "field": the value of another path; "json": any other JSON. */
export type ValueKind = "text" | "number" | "boolean" | "null" | "list" | "field" | "json";

export const KIND_NAMES: Record<ValueKind, string> = {
  text: "text",
  number: "number",
  boolean: "true or false",
  null: "null",
  list: "list",
  field: "field",
  json: "JSON",
};

export function kindOfValue(value: Value): ValueKind {
  if (readOf(value)) return "field";
  if (value === null) return "null";
  if (typeof value === "string") return "text";
  if (typeof value === "number" || exactText(value) !== null) return "number";
  if (typeof value === "boolean") return "boolean";
  return isPlainList(value) ? "list" : "json";
}

/** True for a list of texts only, or of numbers only. */
function isPlainList(value: Value): value is string[] | number[] {
  if (!Array.isArray(value) || !isConstant(value)) return false;
  return value.every((item) => typeof item === "string") || value.every((item) => typeof item === "number");
}

/** The same value as another kind, as far as it can be one. */
export function toKind(value: Value, kind: ValueKind): Value {
  const text = typeof value === "string" ? value : Array.isArray(value) ? String(value[0] ?? "") : textOf(value);
  if (kind === "text") return text;
  if (kind === "number") return readNumber(text).value ?? 0;
  if (kind === "boolean") return text === "true";
  if (kind === "null") return null;
  if (kind === "field") return { var: readOf(value)?.path ?? "" };
  if (kind === "list") return Array.isArray(value) ? value : value === "" || value === null ? [] : [value];
  return value;
}

function textOf(value: Value): string {
  const path = readOf(value)?.path;
  return value === null ? "" : (path ?? writeJson(value));
}

/** Reads a text, or says why it cannot. */
export type ReadText = (text: string) => { value?: unknown; error?: string };

/** The number that a text is, kept as it is written where a browser cannot hold it. */
export function readNumber(text: string): { value?: unknown; error?: string } {
  const trimmed = text.trim();
  if (/^-?(0|[1-9]\d*)(\.\d+)?(e[+-]?\d+)?$/i.test(trimmed)) return { value: numberOf(trimmed) };
  return { error: "This is not a number." };
}

/** The items of a list as texts, and back: numbers stay numbers where all are. */
export function itemsOf(list: Value[]): string[] {
  return list.map((item) => (typeof item === "string" ? item : JSON.stringify(item)));
}

/** The list with these items. `type` is what was seen; items that a list has already keep their own. */
export function listOf(items: string[], old: Value[], type: SeenType | undefined): Value[] {
  const areNumbers = old.length > 0 ? old.every((item) => typeof item === "number") : type === "number";
  const kept = new Map(old.map((item) => [typeof item === "string" ? item : JSON.stringify(item), item]));
  return items.map((item) => {
    const before = kept.get(item);
    return before !== undefined ? before : areNumbers ? (readNumber(item).value ?? item) : item;
  });
}

/** JSON, with every number as it is written. */
export const readJson: ReadText = (text) => {
  try {
    return { value: parseExactly(text) };
  } catch (error) {
    return { error: `This is not JSON: ${error instanceof Error ? error.message : String(error)}` };
  }
};
