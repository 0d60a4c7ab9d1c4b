/** What of two executions differs: by node, and inside of values. */

import type { ComparedNode } from "../api/compare";
import type { DifferenceRead } from "../client/types.gen";
import { durationText } from "../ui/time";

/** True if the executions differ at this node; how long it took does not count. */
export function isDifferent(node: ComparedNode): boolean {
  return (
    node.side !== "both" || node.input === "differs" || node.output === "differs" || node.status[0] !== node.status[1]
  );
}

/** A pointer as a path: "/items/0/price" is items.0.price; the whole value is empty. */
export function pathOf(pointer: string): string {
  return pointer
    .split("/")
    .slice(1)
    .map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"))
    .join(".");
}

/** One side of a difference, cut to a line; a side that has nothing there says so. */
export function sideText(difference: DifferenceRead, side: "a" | "b"): string {
  if (!(side in difference)) return "nothing";
  const text = JSON.stringify(difference[side]) ?? "nothing";
  return text.length > 120 ? `${text.slice(0, 120)}…` : text;
}

/** The sides on which a node ran, in words. */
export function sideWord(side: ComparedNode["side"]): string {
  return { both: "both", a: "only A", b: "only B" }[side];
}

/** The key of a row: a node and its visit. */
export function rowKey({ node_id, visit }: Pick<ComparedNode, "node_id" | "visit">): string {
  return `${visit} ${node_id}`;
}

/** Which side took longer, and by how much; nothing where it is not known, or less than a tenth. */
export function slowerText([a, b]: ComparedNode["took_ms"]): string {
  if (a == null || b == null || Math.abs(a - b) < Math.max(1, Math.max(a, b) / 10)) return "";
  return a > b ? `A by ${durationText(a - b)}` : `B by ${durationText(b - a)}`;
}

/** The row before or after one, among those that differ; at first the first of them. */
export function neighbour(rows: ComparedNode[], selected: string | undefined, by: 1 | -1): ComparedNode | undefined {
  const differing = rows.filter(isDifferent);
  const at = differing.findIndex((row) => rowKey(row) === selected);
  if (at < 0) return differing[by === 1 ? 0 : differing.length - 1];
  return differing[at + by];
}
