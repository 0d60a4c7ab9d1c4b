/**
 * Edits of a JSONLogic value, by JSON Pointer. Each returns a new value; what is not named stays as it is, and is shared.
 *
 * Operators that are not known are kept like constants.
 */

import { LISTS } from "./operators";
import { argumentPointer, isObject, operationOf, placeOf, readOf } from "./parts";
import { inside, splitPointer, type Value, valueAt, withValueAt } from "./pointer";

/** A condition that is yet to be written. */
export const NEW_CONDITION: Value = { "==": [{ var: "" }, ""] };

export type Group = "and" | "or";

/** True for a trigger that never fires: none, or an empty object. */
export function isEmpty(rule: Value): boolean {
  return rule === null || rule === undefined || (isObject(rule) && Object.keys(rule).length === 0);
}

/** Put a value in the place of another. A list in the place of an argument that stands alone stays one argument. */
export function replaceAt(rule: Value, pointer: string, value: Value): Value {
  if (Object.is(valueAt(rule, pointer), value)) return rule;
  const isAlone = placeOf(rule, pointer)?.operation.isAlone;
  return withValueAt(rule, pointer, isAlone && Array.isArray(value) ? [value] : value);
}

/** Give the operation at a pointer another operator; its arguments stay. */
export function setOperator(rule: Value, pointer: string, op: string): Value {
  const value = valueAt(rule, pointer);
  const operation = operationOf(value);
  if (!operation || operation.op === op || !isObject(value)) return rule;
  return withValueAt(rule, pointer, { [op]: value[operation.op] });
}

/** Let the `var` at a pointer read another path; its fallback stays. */
export function setPath(rule: Value, pointer: string, path: string): Value {
  const operation = operationOf(valueAt(rule, pointer));
  if (operation?.op !== "var") return rule;
  if (operation.args.length === 0) return withValueAt(rule, pointer, { var: path });
  return replaceAt(rule, argumentPointer(pointer, operation, 0), path);
}

/** Put a clause into the `and` or `or` at a pointer; without an index, at its end. */
export function insertClause(rule: Value, pointer: string, clause: Value, index?: number): Value {
  const operation = operationOf(valueAt(rule, pointer));
  if (!operation || !LISTS.has(operation.op)) return rule;
  const at = index ?? operation.args.length;
  const args = [...operation.args.slice(0, at), clause, ...operation.args.slice(at)];
  return withValueAt(rule, inside(pointer, operation.op), args);
}

/** The rule with a new clause, and the pointer of that: in the list at a pointer, else beside what is there. */
export function addClause(rule: Value, pointer: string, clause: Value): { rule: Value; pointer: string } {
  const value = valueAt(rule, pointer);
  const operation = operationOf(value);
  if (operation && LISTS.has(operation.op)) {
    const added = insertClause(rule, pointer, clause);
    return { rule: added, pointer: inside(inside(pointer, operation.op), operation.args.length) };
  }
  const args = pointer === "" && isEmpty(rule) ? [clause] : [value, clause];
  return { rule: withValueAt(rule, pointer, { and: args }), pointer: inside(inside(pointer, "and"), args.length - 1) };
}

/** A group with a condition to write: the kind that the one around it is not. */
export function newGroup(around: string | undefined): Value {
  return around === "and" ? { or: [NEW_CONDITION] } : { and: [NEW_CONDITION] };
}

/** True if a clause can be removed, doubled and moved: it is one of a list. */
export function isListed(rule: Value, pointer: string): boolean {
  const place = placeOf(rule, pointer);
  return !!place && LISTS.has(place.operation.op);
}

/** Remove a clause; a `not` without an argument goes with it. Removing the whole rule leaves null. */
export function removeClause(rule: Value, pointer: string): Value {
  const place = placeOf(rule, pointer);
  if (!place) return pointer === "" ? null : rule;
  const { operation, index } = place;
  if (LISTS.has(operation.op)) {
    const args = operation.args.filter((_, at) => at !== index);
    return withValueAt(rule, inside(place.pointer, operation.op), args);
  }
  const isOnly = operation.op === "!" || operation.op === "!!";
  return isOnly ? removeClause(rule, place.pointer) : rule;
}

export function duplicateClause(rule: Value, pointer: string): Value {
  const place = placeOf(rule, pointer);
  return place ? insertClause(rule, place.pointer, valueAt(rule, pointer), place.index + 1) : rule;
}

/** The pointer that a clause has after it was moved up (-1) or down (1); null where it cannot be. */
export function movedPointer(rule: Value, pointer: string, by: -1 | 1): string | null {
  const place = placeOf(rule, pointer);
  if (!place || !LISTS.has(place.operation.op)) return null;
  const target = place.index + by;
  return target < 0 || target >= place.operation.args.length
    ? null
    : argumentPointer(place.pointer, place.operation, target);
}

/** Let a clause change places with the one before (-1) or after it (1). */
export function moveClause(rule: Value, pointer: string, by: -1 | 1): Value {
  const target = movedPointer(rule, pointer, by);
  const list = splitPointer(pointer);
  if (target === null || !list) return rule;
  const args = [...(valueAt(rule, list.around) as Value[])];
  const [from, to] = [Number(list.step), Number(list.step) + by];
  [args[from], args[to]] = [args[to], args[from]];
  return withValueAt(rule, list.around, args);
}

/** Put a clause into a `not`, or into a group of its own. */
export function wrapClause(rule: Value, pointer: string, op: Group | "!"): Value {
  const value = valueAt(rule, pointer);
  // A list that stood alone would be taken for the arguments.
  const isAlone = op === "!" && !Array.isArray(value);
  return replaceAt(rule, pointer, { [op]: isAlone ? value : [value] });
}

/** True if a clause has one argument that can take its place. */
export function canUnwrap(rule: Value, pointer: string): boolean {
  const operation = operationOf(valueAt(rule, pointer));
  return !!operation && (LISTS.has(operation.op) || /^!!?$/.test(operation.op)) && operation.args.length === 1;
}

/** Put the one argument of a `not` or a group in its place. */
export function unwrapClause(rule: Value, pointer: string): Value {
  const operation = operationOf(valueAt(rule, pointer));
  return operation && canUnwrap(rule, pointer) ? replaceAt(rule, pointer, operation.args[0]) : rule;
}

/** The rule as if these clauses were not there: each is the constant that decides nothing in its list. */
export function withoutClauses(rule: Value, off: Iterable<string>): Value {
  let left = rule;
  for (const pointer of off) {
    const place = placeOf(left, pointer);
    if (place && LISTS.has(place.operation.op)) left = replaceAt(left, pointer, place.operation.op === "and");
  }
  return left;
}

/** The path that a clause reads first; undefined where it reads none. */
export function firstPath(value: Value): string | undefined {
  return operationOf(value)
    ?.args.map(readOf)
    .find((read) => read !== null)?.path;
}
