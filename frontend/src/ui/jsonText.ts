/** JSON that a person writes: the value in a text, or why it has none. */

export type Parsed = { value: unknown; error?: undefined } | { value?: undefined; error: string };

export function parseJson(text: string): Parsed {
  try {
    return { value: JSON.parse(text) };
  } catch (error) {
    return { error: `This is not JSON: ${error instanceof Error ? error.message : String(error)}` };
  }
}

/** Characters up to which an object or a list stands on one line. */
const LINE = 72;

/** A value as it is shown in a field: short objects and lists on one line, others with a line for each item. */
export function jsonText(value: unknown): string {
  return written(value ?? null, "");
}

function written(value: unknown, indent: string): string {
  const short = JSON.stringify(value);
  if (value === null || typeof value !== "object" || short === "{}" || short === "[]") return short;
  const inside = `${indent}  `;
  const isList = Array.isArray(value);
  const [open, close] = isList ? "[]" : "{}";
  const keys = isList ? value.map(() => "") : Object.keys(value).map((key) => `${JSON.stringify(key)}: `);
  const values = Object.values(value);
  const items = (deeper: string) => values.map((item, index) => `${keys[index]}${written(item ?? null, deeper)}`);
  if (short.length + indent.length <= LINE) return `${open}${items(indent).join(", ")}${close}`;
  return `${open}\n${items(inside)
    .map((item) => inside + item)
    .join(",\n")}\n${indent}${close}`;
}

/** True if both are the same as JSON, with their keys in the same order. */
export function isSameJson(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
