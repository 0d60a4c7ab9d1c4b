/** Constants of a rule as a person writes them: their kinds, and the texts of fields. */

import { findInexact } from "../graph/exact";
import { parseJson } from "../ui/jsonText";
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
  if (typeof value === "number") return "number";
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
  return value === null ? "" : (path ?? JSON.stringify(value));
}

/** Reads a text, or says why it cannot. */
export type ReadText = (text: string) => { value?: unknown; error?: string };

/** The number that a text is; refused where a browser would write it back as another one. */
export function readNumber(text: string): { value?: number; error?: string } {
  const number = Number(text);
  if (text.trim() === "" || !Number.isFinite(number)) return { error: "This is not a number." };
  const inexact = findInexact(/^[+.]/.test(text.trim()) ? String(number) : text.trim());
  return inexact === null ? { value: number } : { error: inexactError(inexact) };
}

export function inexactError(number: string): string {
  return `A browser cannot hold the number ${number}. Write it as a text, or change the rule by the API.`;
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

/** JSON; refused where a browser would write one of its numbers back as another one. */
export const readJson: ReadText = (text) => {
  const parsed = parseJson(text);
  const inexact = parsed.error === undefined ? findInexact(text) : null;
  return inexact === null ? parsed : { error: inexactError(inexact) };
};
