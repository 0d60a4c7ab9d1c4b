/** Nodes that are found by a text. */

import { exactText } from "./exact";

export interface Findable {
  id: string;
  title: string;
  type: string;
  data: Record<string, unknown>;
}

/** The nodes that have a text in their id, title, type, or in a value of their data; letters count small or large. */
export function findNodes<Node extends Findable>(
  nodes: Node[],
  looks: ReadonlyMap<string, { title: string }>,
  text: string,
): Node[] {
  const wanted = text.trim().toLowerCase();
  const has = (value: string) => value.toLowerCase().includes(wanted);
  return nodes.filter(
    ({ id, title, type, data }) => [id, title, type, looks.get(type)?.title ?? ""].some(has) || textsIn(data).some(has),
  );
}

function textsIn(value: unknown): string[] {
  const exact = exactText(value);
  if (exact !== null) return [exact];
  if (value && typeof value === "object") return Object.values(value).flatMap(textsIn);
  return [String(value ?? "")];
}
