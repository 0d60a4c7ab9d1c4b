/** An example of a payload for which a rule holds, as far as its comparisons with constants say. */

import { exactText } from "../graph/exact";

type Payload = Record<string, unknown>;

/** A payload with the values that a rule asks for; of several ways to fulfil it, the first. */
export function exampleOf(rule: unknown): Payload {
  const payload: Payload = {};
  fulfil(rule, payload);
  return payload;
}

function fulfil(rule: unknown, payload: Payload): void {
  if (isConstant(rule)) return;
  const [op = "", given] = Object.entries(rule as object)[0] ?? [];
  const args: unknown[] = [given].flat();
  if (op === "and") for (const each of args) fulfil(each, payload);
  else if (op === "or") fulfil(args[0] ?? null, payload);
  else compare(op, args, payload);
}

const SWAPPED: Record<string, string> = { "<": ">", "<=": ">=", ">": "<", ">=": "<=" };

function compare(op: string, [left, right]: unknown[], payload: Payload): void {
  const paths = [pathOf(left), pathOf(right)];
  if (paths[0]) put(payload, paths[0], valueFor(op, right));
  else if (paths[1]) put(payload, paths[1], op === "in" ? left : valueFor(SWAPPED[op] ?? op, left));
}

/** The path that a value reads; undefined: it reads none. */
function pathOf(value: unknown): string | undefined {
  const path = isConstant(value) ? undefined : [(value as { var?: unknown }).var].flat()[0];
  return typeof path === "string" ? path : undefined;
}

/** A value for which the comparison with a constant holds; undefined: none is known. */
function valueFor(op: string, constant: unknown): unknown {
  if (op === "==" || op === "===" || op === ">=" || op === "<=") return isConstant(constant) ? constant : undefined;
  if (op === "in" && Array.isArray(constant)) return constant[0];
  const number = typeof constant === "number" ? constant : Number.NaN;
  if (Number.isNaN(number)) return undefined;
  return op === ">" ? number + 1 : op === "<" ? number - 1 : undefined;
}

/** True for all that computes nothing: no object, or a number that is kept as its text. */
function isConstant(value: unknown): boolean {
  return value === null || typeof value !== "object" || Array.isArray(value) || exactText(value) !== null;
}

/** Set the value at a path of keys; what is about the event itself is not part of a payload. */
function put(payload: Payload, path: string, value: unknown): void {
  const keys = path.split(".");
  if (value === undefined || path === "" || path.startsWith("$") || keys.includes("__proto__")) return;
  const last = keys.pop() as string;
  let inside = payload;
  for (const key of keys) {
    const known = inside[key];
    if (known === null || typeof known !== "object" || Array.isArray(known)) inside[key] = {};
    inside = inside[key] as Payload;
  }
  inside[last] = value;
}
