/** The parts of a JSONLogic value: operators with their arguments, and where each stands. */

import { exactText } from "../graph/exact";
import { inside, splitPointer, type Value, valueAt } from "./pointer";

export interface Operation {
  op: string;
  args: Value[];
  /** The one argument stands alone, not in a list: {"!": x}. */
  isAlone: boolean;
}

/** The operator and the arguments of a value; null for a constant, and for an object of several keys. */
export function operationOf(value: Value): Operation | null {
  if (!isObject(value)) return null;
  const [op, ...others] = Object.keys(value);
  if (op === undefined || others.length > 0) return null;
  const source = value[op];
  return Array.isArray(source) ? { op, args: source, isAlone: false } : { op, args: [source], isAlone: true };
}

/** True for an object; a number that is kept as its text is none. */
export function isObject(value: Value): value is Record<string, Value> {
  return value !== null && typeof value === "object" && !Array.isArray(value) && exactText(value) === null;
}

/** The pointer of an argument of the operation at a pointer. */
export function argumentPointer(pointer: string, operation: Operation, index: number): string {
  const source = inside(pointer, operation.op);
  return operation.isAlone ? source : inside(source, index);
}

/** Where an argument stands. */
export interface Place {
  /** The operation around it. */
  pointer: string;
  operation: Operation;
  index: number;
}

/** The place of an argument; null for the whole rule, and for what is inside a constant. */
export function placeOf(rule: Value, pointer: string): Place | null {
  const last = splitPointer(pointer);
  if (!last) return null;
  const alone = operationOf(valueAt(rule, last.around));
  if (alone) return alone.isAlone ? { pointer: last.around, operation: alone, index: 0 } : null;
  const list = splitPointer(last.around);
  const operation = list && operationOf(valueAt(rule, list.around));
  return list && operation && !operation.isAlone ? { pointer: list.around, operation, index: Number(last.step) } : null;
}

/** A `var` with a constant path. */
export interface Read {
  path: string;
  /** What it gives where the path is missing; undefined: null. */
  fallback?: Value;
}

/** What a value reads; null where it is no `var`, or computes its path. */
export function readOf(value: Value): Read | null {
  const operation = operationOf(value);
  if (operation?.op !== "var" || operation.args.length > 2) return null;
  const [path = "", fallback] = operation.args;
  if (typeof path === "number") return { path: String(path), fallback };
  return typeof path === "string" || path === null ? { path: path ?? "", fallback } : null;
}

/** True for a value without operators: it is compared as it is. */
export function isConstant(value: Value): boolean {
  if (Array.isArray(value)) return value.every(isConstant);
  return !isObject(value);
}
