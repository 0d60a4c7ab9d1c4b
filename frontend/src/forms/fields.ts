/** Fields of a form, from the JSON Schema of a node type's data. A value that a field cannot show is edited as JSON. */

import { exactText, readJson, readNumber, writeJson } from "../graph/exact";
import { isCases, isCasesSchema } from "./cases";

export type Schema = Record<string, unknown>;

/** "any" takes JSON, and every other text as a text. "rule" is a JSONLogic condition, "cases" those of a branch. */
export type FieldKind = "text" | "long" | "number" | "boolean" | "choice" | "json" | "any" | "rule" | "cases";

export interface Field {
  key: string;
  kind: FieldKind;
  title: string;
  description: string;
  isRequired: boolean;
  /** True for seconds that may also be written as 5m. */
  isDuration: boolean;
  /** The values of a choice. */
  choices: string[];
  /** The value that counts where none is given, as text. */
  fallback: string;
}

/** Keys whose texts are often long. */
const LONG = new Set(["description", "message", "prompt", "body", "template", "expression", "code", "text"]);

/** The fields of a schema, in its order; then the keys of the data that the schema does not know. */
export function fieldsOf(schema: Schema, data: Record<string, unknown>): Field[] {
  const properties = (schema.properties ?? {}) as Record<string, Schema>;
  const required = new Set(Array.isArray(schema.required) ? schema.required.map(String) : []);
  const known = Object.entries(properties).map(([key, each]) =>
    fieldOf(key, resolve(each, schema), required.has(key), schema),
  );
  const others = Object.keys(data).filter((key) => !(key in properties));
  return [...known, ...others.map((key) => fieldOf(key, {}, false, {}))].map((field) =>
    fitting(field, data[field.key]),
  );
}

function fieldOf(key: string, schema: Schema, isRequired: boolean, root: Schema): Field {
  const choices = Array.isArray(schema.enum) ? schema.enum.filter((each) => each !== null).map(String) : [];
  return {
    key,
    kind: isCasesSchema(schema, root) ? "cases" : kindOf(key, schema, choices),
    title: key,
    description: typeof schema.description === "string" ? schema.description : "",
    isRequired,
    isDuration: schema.format === "duration" || /text (like|such as) "?\d+[smhd]\b/.test(String(schema.description)),
    choices,
    fallback: schema.default === undefined || schema.default === null ? "" : textOf(schema.default),
  };
}

function kindOf(key: string, schema: Schema, choices: string[]): FieldKind {
  if (schema.format === "jsonlogic") return "rule";
  if (choices.length) return "choice";
  const types = typesOf(schema);
  if (types.size === 0) return "any";
  if (types.has("object") || types.has("array")) return types.has("string") ? "any" : "json";
  if (types.has("number") || types.has("integer")) return "number";
  if (types.has("boolean")) return types.size === 1 ? "boolean" : "json";
  return LONG.has(key) ? "long" : "text";
}

/** The types that a schema allows, without null. */
function typesOf(schema: Schema): Set<string> {
  const inside = [schema.anyOf, schema.oneOf].find(Array.isArray) as Schema[] | undefined;
  const found = inside
    ? inside.flatMap((each) => [...typesOf(each)])
    : [schema.type].flat().filter((each) => typeof each === "string");
  return new Set((found as string[]).filter((type) => type !== "null"));
}

/** A schema with its reference followed, and with the one of two that is not null. */
function resolve(schema: Schema, root: Schema): Schema {
  const name = typeof schema.$ref === "string" ? schema.$ref.replace(/^#\/\$defs\//, "") : null;
  if (name)
    return resolve({ ...((root.$defs as Record<string, Schema>)?.[name] ?? {}), ...without(schema, "$ref") }, root);
  const inside = Array.isArray(schema.anyOf) ? (schema.anyOf as Schema[]).filter((each) => each.type !== "null") : [];
  return inside.length === 1 && inside[0] ? resolve({ ...inside[0], ...without(schema, "anyOf") }, root) : schema;
}

function without(schema: Schema, key: string): Schema {
  return Object.fromEntries(Object.entries(schema).filter(([each]) => each !== key));
}

/** The field, or one for JSON where its value has another type than the schema says. */
function fitting(field: Field, value: unknown): Field {
  if (value === undefined || field.kind === "rule") return field;
  if (field.kind === "cases") return isCases(value) ? field : { ...field, kind: "json" };
  const fits =
    field.kind === "json" ||
    field.kind === "any" ||
    typeof value === "string" ||
    (field.kind === "number" && (typeof value === "number" || exactText(value) !== null)) ||
    (field.kind === "boolean" && typeof value === "boolean");
  return fits ? field : { ...field, kind: "json" };
}

/** A value as it is written in its field. */
export function textOf(value: unknown, kind: FieldKind = "text"): string {
  if (value === undefined) return "";
  if (typeof value !== "string") return writeJson(value, 2);
  return kind === "json" || (kind === "any" && isJson(value)) ? JSON.stringify(value) : value;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** The value of a text; undefined where it is empty. Raises SyntaxError for JSON that cannot be read. */
export function readText(text: string, kind: FieldKind): unknown {
  if (text === "") return undefined;
  if (kind === "json" || (kind === "any" && isJson(text))) return readJson(text);
  // A number may also be a template.
  if (kind === "number") return /^\s*-?\d+(\.\d+)?(e[+-]?\d+)?\s*$/i.test(text) ? readNumber(text.trim()) : text;
  if (kind === "boolean") return text === "true" ? true : text === "false" ? false : text;
  return text;
}
