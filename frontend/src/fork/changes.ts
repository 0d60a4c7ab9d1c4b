/** What a fork changes: only what was edited is sent. */

import type { ForkRequest } from "../api/forks";
import { isSameJson, parseJson } from "../ui/jsonText";

/** The texts of the fields; a field that was not touched is absent. */
export interface Edits {
  input?: string;
  payload?: string;
  /** Data of nodes, by their ids. */
  data: Record<string, string>;
  version?: number;
  graph?: string;
}

export const NO_EDITS: Edits = { data: {} };

/** The values that the edited texts began as. */
export interface Originals {
  input: unknown;
  payload: unknown;
  data: ReadonlyMap<string, unknown>;
  version: number;
  graph: unknown;
}

export interface Changed {
  request: ForkRequest;
  /** Why texts cannot be sent, by their field; a node's is under `data.ID`. */
  errors: Record<string, string>;
}

/** The request of a fork from a step, and which of the texts cannot be sent. */
export function requestOf(from: string, edits: Edits, originals: Originals): Changed {
  const request: ForkRequest = { from };
  const errors: Record<string, string> = {};
  const given = (name: string, text: string | undefined, original: unknown, object: string | null) => {
    const change = changeOf(text, original);
    if (change.error) errors[name] = change.error;
    else if (change.isChanged && object && !isObject(change.value)) errors[name] = object;
    else if (change.isChanged) return change.value as Record<string, unknown>;
    return undefined;
  };
  const input = changeOf(edits.input, originals.input);
  if (input.error) errors.input = input.error;
  else if (input.isChanged) request.input = input.value;
  const payload = given("payload", edits.payload, originals.payload, "A payload is a JSON object, for example {}.");
  if (payload) request.payload = payload;
  for (const [node, text] of Object.entries(edits.data)) {
    const data = given(`data.${node}`, text, originals.data.get(node), "Parameters are a JSON object, for example {}.");
    if (data) request.data = { ...request.data, [node]: data };
  }
  const graph = given("graph", edits.graph, originals.graph, "A graph is a JSON object with nodes and edges.");
  if (graph) request.graph = graph;
  else if (edits.version !== undefined && edits.version !== originals.version) request.version = edits.version;
  return { request, errors };
}

function changeOf(
  text: string | undefined,
  original: unknown,
): { isChanged: boolean; value?: unknown; error?: string } {
  if (text === undefined) return { isChanged: false };
  const { value, error } = parseJson(text);
  if (error !== undefined) return { isChanged: false, error };
  return { isChanged: !isSameJson(value, original), value };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}
