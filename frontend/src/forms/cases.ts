/** The cases of a branch: which schemas and values are such a list, and edits of it. What a case has besides is kept. */

import type { Schema } from "./fields";

export type Case = Record<string, unknown>;

/** True for a list of objects that have a rule each, and where they lead to. */
export function isCasesSchema(schema: Schema, root: Schema): boolean {
  if (schema.type !== "array") return false;
  const { properties } = follow(schema.items, root);
  if (!properties || typeof properties !== "object") return false;
  const has = properties as Record<string, Schema>;
  return has.condition?.format === "jsonlogic" && "label" in has && "next" in has;
}

function follow(items: unknown, root: Schema): Schema {
  const schema = (items ?? {}) as Schema;
  const name = typeof schema.$ref === "string" ? schema.$ref.replace(/^#\/\$defs\//, "") : null;
  return name ? ((root.$defs as Record<string, Schema>)?.[name] ?? {}) : schema;
}

export function isCases(value: unknown): value is Case[] {
  return Array.isArray(value) && value.every((each) => each && typeof each === "object" && !Array.isArray(each));
}

export function isElse(each: Case): boolean {
  return !!each.else;
}

/** The text of a label; "" where there is none. */
export function labelOf(each: Case): string {
  return each.label === undefined || each.label === null ? "" : String(each.label);
}

export function setMember(cases: Case[], index: number, key: string, value: unknown): Case[] {
  return cases.map((each, at) => {
    if (at !== index) return each;
    if (value !== undefined) return { ...each, [key]: value };
    const { [key]: _, ...rest } = each;
    return rest;
  });
}

/** A new case in front of the last `else`, or an `else` at the end. */
export function addCase(cases: Case[], kind: "case" | "else"): Case[] {
  if (kind === "else") return [...cases, { label: freeLabel(cases, "else"), else: true }];
  const added = { label: freeLabel(cases, "case"), condition: { "==": [{ var: "" }, ""] } };
  const last = cases.at(-1);
  return last && isElse(last) ? [...cases.slice(0, -1), added, last] : [...cases, added];
}

function freeLabel(cases: Case[], word: string): string {
  const taken = new Set(cases.map(labelOf));
  if (!taken.has(word)) return word;
  let number = 2;
  while (taken.has(`${word} ${number}`)) number += 1;
  return `${word} ${number}`;
}

export function removeCase(cases: Case[], index: number): Case[] {
  return cases.filter((_, at) => at !== index);
}

/** True if a case can change places with the one before (-1) or after it (1): an `else` stays where it is. */
export function canMove(cases: Case[], index: number, by: -1 | 1): boolean {
  const [each, other] = [cases[index], cases[index + by]];
  return !!each && !!other && !isElse(each) && !isElse(other);
}

export function moveCase(cases: Case[], index: number, by: -1 | 1): Case[] {
  if (!canMove(cases, index, by)) return cases;
  const next = [...cases];
  [next[index], next[index + by]] = [next[index + by] as Case, next[index] as Case];
  return next;
}

/** Labels that were changed, old and new, where each is the label of one case only. */
export function renamedLabels(before: unknown, after: unknown): [old: string, now: string][] {
  if (!isCases(before) || !isCases(after) || before.length !== after.length) return [];
  const counts = (cases: Case[], label: string) => cases.filter((each) => labelOf(each) === label).length;
  return before.flatMap((each, index): [string, string][] => {
    const [old, now] = [labelOf(each), labelOf(after[index] as Case)];
    const isOne = old !== "" && now !== "" && counts(before, old) === 1 && counts(after, now) === 1;
    // Cases that changed places keep their labels.
    const isMoved = after.some((other) => labelOf(other) === old);
    return old !== now && isOne && !isMoved ? [[old, now]] : [];
  });
}
