/** The second line of a box: one fact of its data, which its node type chooses. */

import { exactText } from "./exact";

export interface Look {
  type: string;
  title: string;
  icon: string;
  /** Texts such as "{method} {url}": the first counts whose keys are all given. */
  summary: string[];
}

/** The fact, or the title of the type where its data have none. */
export function summaryOf(look: Look | undefined, type: string, data: Record<string, unknown>): string {
  for (const text of look?.summary ?? []) {
    const filled = fill(text, data);
    if (filled) return filled;
  }
  return look?.title ?? type;
}

function fill(text: string, data: Record<string, unknown>): string | null {
  let isWhole = true;
  const filled = text.replace(/\{(#?)(\w+)\}/g, (_, count: string, key: string) => {
    const value = textOf(data[key], count === "#");
    isWhole &&= value !== null;
    return value ?? "";
  });
  return isWhole ? filled : null;
}

function textOf(value: unknown, isCount: boolean): string | null {
  if (isCount) return Array.isArray(value) ? String(value.length) : null;
  if (typeof value === "number") return String(value);
  if (exactText(value) !== null) return exactText(value);
  return typeof value === "string" && value.trim() ? value.trim().replace(/\s+/g, " ").slice(0, 120) : null;
}
