/** Definitions as JSON, with all members of the workflow: those of graphs, DAGs and steps. */

import { type Definition, documentKey } from "./document";
import { readJson, writeJson } from "./exact";
import { findFault } from "./jsonFault";
import type { Language, Reading } from "./language";
import { lineAt, partsOf, spansInJson } from "./spans";

type Data = Record<string, unknown>;

/** The language of a kind of workflows that are JSON. */
export function jsonLanguage(kind: string): Language {
  return {
    name: "json",
    textOf: (definition) => writeJson(definition, 2),
    read: (text) => read(text, kind),
    spans: spansInJson,
    valueAt: (definition, pointer) => partsOf(pointer).reduce<unknown>(memberOf, definition),
    change: (definition, pointer, changes) => withMembers(definition, partsOf(pointer), changes) as Definition,
  };
}

function read(text: string, kind: string): Reading {
  const broken = findFault(text);
  if (broken) return { fault: { line: lineAt(text, broken.place), message: broken.message } };
  const value = readJson(text);
  const [pointer, message] = misshapen(value, kind) ?? [null, ""];
  if (pointer === null) return { definition: value as Definition };
  const from = spansInJson(text, [pointer]).get(pointer)?.from ?? 0;
  return { fault: { line: lineAt(text, from), message } };
}

/** What cannot be shown, although it is JSON: its pointer, and a sentence. Everything else is judged by the server. */
function misshapen(value: unknown, kind: string): [pointer: string, message: string] | null {
  if (!isObject(value)) return ["", "A workflow is an object with a name."];
  if (typeof value.name !== "string") return ["/name", "The name must be a text."];
  const key = documentKey(kind);
  if (value[key] === undefined || value[key] === null) return ["", `The workflow needs its ${key}.`];
  return key === "graph" ? misshapenGraph(value.graph) : null;
}

function misshapenGraph(graph: unknown): [pointer: string, message: string] | null {
  if (!isObject(graph)) return ["/graph", "The graph must be an object with nodes and edges."];
  for (const [key, needed] of [
    ["nodes", ["id"]],
    ["edges", ["source", "target"]],
  ] as const) {
    const list = graph[key] ?? [];
    if (!Array.isArray(list)) return [`/graph/${key}`, `The ${key} must be a list.`];
    const index = list.findIndex((each) => !isObject(each) || needed.some((name) => !isId(each[name])));
    if (index >= 0)
      return [`/graph/${key}/${index}`, `Each of the ${key} must have a text as its ${needed.join(" and ")}.`];
  }
  return null;
}

function isId(value: unknown): boolean {
  return typeof value === "string" || typeof value === "number";
}

function isObject(value: unknown): value is Data {
  return !!value && typeof value === "object" && !Array.isArray(value);
}

function memberOf(value: unknown, part: string): unknown {
  return value && typeof value === "object" ? (value as Data)[part] : undefined;
}

function withMembers(value: unknown, place: string[], changes: Data): unknown {
  const [first, ...rest] = place;
  if (first === undefined) {
    const all = Object.entries({ ...(isObject(value) ? value : {}), ...changes });
    return Object.fromEntries(all.filter(([, each]) => each !== undefined));
  }
  const inside = withMembers(memberOf(value, first), rest, changes);
  if (!Array.isArray(value)) return { ...(value as Data), [first]: inside };
  return value.map((each, index) => (index === Number(first) ? inside : each));
}
