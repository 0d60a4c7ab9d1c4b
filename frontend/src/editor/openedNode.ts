/** The node that the inspector shows: where its data are in the definition, and how they are changed. */

import type { GraphRead } from "../client/types.gen";
import { renamedLabels } from "../forms/cases";
import { type Definition, isSame, nodesOf, setData } from "../graph/document";
import { renameExits } from "../graph/edges";
import type { Language } from "../graph/language";

type Data = Record<string, unknown>;

/** An object of the definition that a form edits. */
export interface Place {
  data: Data;
  /** Null: only the text can be changed, as at an alias. */
  withData: (data: Data) => Definition | null;
}

export interface OpenedNode extends Place {
  id: string;
  type: string;
  /** False: the text has no data of its own for it, as for a join that it implies. */
  hasData: boolean;
  /** Where the reserved keys are. */
  behaviour: Place;
}

/** A node of a drawn graph. */
export function openDrawn(definition: Definition, id: string): OpenedNode | null {
  const node = nodesOf(definition).find((each) => String(each.id) === id);
  if (!node) return null;
  const withData = (data: Data) =>
    renameExits(setData(definition, node.id, data), id, renamedLabels(node.data?.cases, data.cases));
  const place = { data: node.data ?? {}, withData };
  return { id, type: node.type ?? "default", hasData: true, ...place, behaviour: place };
}

/** A node of a graph that is made from a text; its data are where the server says. */
export function openWritten(
  definition: Definition,
  language: Language,
  graph: GraphRead,
  id: string,
): OpenedNode | null {
  const node = graph.nodes.find((each) => each.id === id);
  if (!node) return null;
  const { pointer, type } = node;
  // A `when` is a rule and no data.
  if (pointer === null || pointer.endsWith("/when")) {
    const place = { data: node.data, withData: () => null };
    return { id, type, hasData: false, ...place, behaviour: place };
  }
  const place = placeAt(definition, language, pointer);
  // A task has them beside its config; all others have them in their data.
  const task = pointer.slice(0, pointer.lastIndexOf("/"));
  const behaviour = language.name === "yaml" ? placeAt(definition, language, task) : place;
  return { id, type, hasData: true, ...place, behaviour };
}

function placeAt(definition: Definition, language: Language, pointer: string): Place {
  const found = language.valueAt(definition, pointer);
  const data = found && typeof found === "object" ? (found as Data) : {};
  return { data, withData: (next) => language.change(definition, pointer, changesOf(data, next)) };
}

/** The members that differ; one that is gone is undefined. */
export function changesOf(old: Data, next: Data): Data {
  const keys = [...new Set([...Object.keys(old), ...Object.keys(next)])];
  return Object.fromEntries(keys.filter((key) => !isSame(old[key], next[key])).map((key) => [key, next[key]]));
}
