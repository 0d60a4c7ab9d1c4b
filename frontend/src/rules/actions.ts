/** The actions on the rows of a rule: each changes the rule, and says which row has the focus then. */

import {
  addClause,
  duplicateClause,
  isListed,
  moveClause,
  movedPointer,
  NEW_CONDITION,
  newGroup,
  removeClause,
  replaceAt,
  setOperator,
  unwrapClause,
  wrapClause,
} from "./edit";
import { kindOf } from "./editRows";
import { argumentPointer, operationOf, placeOf } from "./parts";
import { inside, type Value, valueAt } from "./pointer";
import type { Action } from "./RowMenu";

/** A change of a rule. */
export interface Edited {
  rule: Value;
  /** The row that has the focus afterwards. */
  focus: string;
  /** The row whose form is opened. */
  open?: string;
}

/** What an action makes of the rule; null where it does nothing to it. */
export function applyAction(rule: Value, key: string, action: Action): Edited | null {
  switch (action) {
    case "and":
    case "or":
      return { rule: setOperator(rule, key, action), focus: key };
    case "not":
      return { rule: wrapClause(rule, key, "!"), focus: key };
    case "wrap-or":
      return { rule: wrapClause(rule, key, "or"), focus: key };
    case "wrap-and":
      return { rule: wrapClause(rule, key, "and"), focus: key };
    case "unwrap":
      return { rule: unwrapClause(rule, key), focus: key };
    case "up":
      return moved(rule, key, -1);
    case "down":
      return moved(rule, key, 1);
    case "duplicate": {
      const place = placeOf(rule, key);
      if (!place) return null;
      const focus = argumentPointer(place.pointer, place.operation, place.index + 1);
      return { rule: duplicateClause(rule, key), focus };
    }
    case "delete":
      return removed(rule, key);
    default:
      return null;
  }
}

function moved(rule: Value, key: string, by: -1 | 1): Edited | null {
  const focus = movedPointer(rule, key, by);
  return focus === null ? null : { rule: moveClause(rule, key, by), focus };
}

/** The clause that takes the place of the removed one has the focus then, else the one before, else the group. */
function removed(rule: Value, key: string): Edited | null {
  const next = removeClause(rule, key);
  if (next === rule) return null;
  let around = key;
  for (let place = placeOf(rule, around); place; place = placeOf(rule, around)) {
    const left = operationOf(valueAt(next, place.pointer));
    const old = place.operation;
    around = place.pointer;
    if (left?.op !== old.op || left.args.length !== old.args.length - 1) continue;
    const index = Math.min(place.index, left.args.length - 1);
    return { rule: next, focus: index < 0 ? place.pointer : argumentPointer(place.pointer, left, index) };
  }
  return { rule: next, focus: "" };
}

/** Add a condition or a group: to a list, else beside the whole rule. The form of a new condition is opened. */
export function applyAdd(rule: Value, key: string, thing: "condition" | "group"): Edited {
  const op = operationOf(valueAt(rule, key))?.op;
  const added = addClause(rule, key, thing === "condition" ? NEW_CONDITION : newGroup(op ?? "and"));
  const group = operationOf(valueAt(added.rule, added.pointer))?.op ?? "";
  const focus = thing === "condition" ? added.pointer : inside(inside(added.pointer, group), 0);
  return { rule: added.rule, focus, open: focus };
}

/** Take the changes of a form back; a condition that was new goes again, with the group that was made for it. */
export function cancelEdit(rule: Value, key: string, before: Value): Edited {
  if (before !== NEW_CONDITION) return { rule: replaceAt(rule, key, before), focus: key };
  const left = removeClause(rule, key);
  const group = placeOf(rule, key)?.pointer ?? "";
  const isLeftEmpty = isListed(left, group) && operationOf(valueAt(left, group))?.args.length === 0;
  const kept = isLeftEmpty ? removeClause(left, group) : left;
  return { rule: kept, focus: placeOf(rule, isLeftEmpty ? group : key)?.pointer ?? "" };
}

/** True if Enter opens the form of a row. */
export function canEdit(value: Value): boolean {
  const kind = kindOf(value);
  return kind === "leaf" || kind === "constant";
}
