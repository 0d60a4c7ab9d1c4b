/** JSON Pointers (RFC 6901): reading, and changing a copy. Nothing here changes a value in place. */

/** A value, or a part of one. */
export type Value = unknown;

/** The steps of a pointer: "/and/1" is and, 1. The empty pointer is the whole value. */
export function stepsOf(pointer: string): string[] {
  if (pointer === "") return [];
  return pointer
    .slice(1)
    .split("/")
    .map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));
}

/** The pointer of a key or an element inside the part that a pointer names. */
export function inside(pointer: string, step: string | number): string {
  return `${pointer}/${String(step).replaceAll("~", "~0").replaceAll("/", "~1")}`;
}

/** The pointer of what is directly around a part, and the step from there; null for the whole value. */
export function splitPointer(pointer: string): { around: string; step: string } | null {
  if (pointer === "") return null;
  return { around: pointer.slice(0, pointer.lastIndexOf("/")), step: stepsOf(pointer).at(-1) ?? "" };
}

/** The part that a pointer names; undefined where there is none. */
export function valueAt(value: Value, pointer: string): Value {
  return stepsOf(pointer).reduce<Value>((part, step) => childOf(part, step), value);
}

function childOf(value: Value, step: string): Value {
  if (value === null || typeof value !== "object") return undefined;
  return Object.hasOwn(value, step) ? (value as Record<string, Value>)[step] : undefined;
}

/** A copy in which the part is this; objects on the way that are missing are made. */
export function withValueAt(value: Value, pointer: string, part: Value): Value {
  return replaceAt(value, stepsOf(pointer), () => part);
}

/** A copy without the part: a key is removed, an element of a list too. */
export function withoutValueAt(value: Value, pointer: string): Value {
  return replaceAt(value, stepsOf(pointer), () => undefined);
}

function replaceAt(value: Value, steps: string[], change: (old: Value) => Value): Value {
  const [step, ...rest] = steps;
  if (step === undefined) return change(value);
  const part = replaceAt(childOf(value, step), rest, change);
  if (Array.isArray(value)) return replaceItem(value, step, part);
  const isObject = value !== null && typeof value === "object";
  const entries = isObject ? Object.entries(value as object).filter(([key]) => key !== step || part !== undefined) : [];
  const changed = entries.map(([key, item]) => (key === step ? [key, part] : [key, item]));
  const isNew = part !== undefined && !entries.some(([key]) => key === step);
  return Object.fromEntries(isNew ? [...changed, [step, part]] : changed);
}

function replaceItem(list: Value[], step: string, part: Value): Value[] {
  const index = step === "-" ? list.length : Number(step);
  if (part === undefined) return list.filter((_, place) => place !== index);
  const copy = [...list];
  copy[index] = part;
  return copy;
}
