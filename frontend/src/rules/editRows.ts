/** The rows of a rule that is edited: one for each condition, and for each value that is a condition of conditions. */

import { GROUPS, isKnown, LOOPS } from "./operators";
import { argumentPointer, isObject, type Operation, operationOf, readOf } from "./parts";
import type { Value } from "./pointer";

/**
 * group: its arguments are rows. leaf: one row with fields. constant: a value that is no operation.
 * unknown: an operator that is not known, or an object of several keys; it is shown as JSON and not taken apart.
 */
export type RowKind = "group" | "leaf" | "constant" | "unknown";

export interface EditRow {
  /** The pointer of the value. */
  key: string;
  parent: string | null;
  depth: number;
  kind: RowKind;
  value: Value;
  /** The operator; "" for a constant. */
  op: string;
  /** What this argument is for its group, such as "if" or "then"; "": nothing in particular. */
  role: string;
  /** The list whose elements `var` reads here: "items[]"; "" for the event, null for a list that is not known. */
  scope: string | null;
  hasChildren: boolean;
}

/** All rows of a rule, the rule itself first; those inside the closed ones are left out. */
export function editRows(rule: Value, closed: ReadonlySet<string> = new Set()): EditRow[] {
  const rows: EditRow[] = [];
  addRow(rows, rule, { key: "", parent: null, depth: 0, role: "", scope: "" }, closed);
  return rows;
}

type Position = Pick<EditRow, "key" | "parent" | "depth" | "role" | "scope">;

function addRow(rows: EditRow[], value: Value, position: Position, closed: ReadonlySet<string>): void {
  const operation = operationOf(value);
  const kind = kindOf(value);
  rows.push({ ...position, value, kind, op: operation?.op ?? "", hasChildren: kind === "group" });
  if (kind !== "group" || !operation || closed.has(position.key)) return;
  operation.args.forEach((arg, index) => {
    const key = argumentPointer(position.key, operation, index);
    const scope = scopeOf(operation, index, position.scope);
    addRow(
      rows,
      arg,
      { key, parent: position.key, depth: position.depth + 1, role: roleOf(operation, index), scope },
      closed,
    );
  });
}

export function kindOf(value: Value): RowKind {
  const operation = operationOf(value);
  if (!operation) return isObject(value) && Object.keys(value).length > 0 ? "unknown" : "constant";
  if (!isKnown(operation.op)) return "unknown";
  return isGroup(value) ? "group" : "leaf";
}

/** True if a row for each argument helps: conditions inside, and loops. */
function isGroup(value: Value): boolean {
  const operation = operationOf(value);
  if (!operation || !isKnown(operation.op)) return false;
  if (operation.op === "!!" && readOf(operation.args[0])) return false;
  return GROUPS.has(operation.op) || LOOPS.has(operation.op) || operation.args.some(isGroup);
}

function roleOf({ op, args }: Operation, index: number): string {
  if (LOOPS.has(op)) return ["list", "each item", "begins with"][index] ?? "";
  if (op !== "if" && op !== "?:") return "";
  if (index === args.length - 1 && index % 2 === 0) return "else";
  return index % 2 === 0 ? "if" : "then";
}

/** What `var` reads in an argument. */
function scopeOf({ op, args }: Operation, index: number, scope: string | null): string | null {
  if (!LOOPS.has(op) || index !== 1) return scope;
  const list = readOf(args[0]);
  if (op === "reduce" || !list || scope === null) return null;
  return `${[scope, list.path].filter(Boolean).join(".")}[]`;
}
