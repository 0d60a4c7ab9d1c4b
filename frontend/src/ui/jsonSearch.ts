/** Looking into JSON values: what has a text in it, and how large a value is. */

export type JsonPath = (string | number)[];

export interface Found {
  path: JsonPath;
  value: unknown;
}

/** A path as templates write it. */
export function pathText(path: JsonPath): string {
  return path.join(".");
}

type Entry = [string | number, unknown];

/** The entries of a list or an object; none of anything else. */
export function entriesOf(value: unknown): Entry[] {
  if (Array.isArray(value)) return value.map((item, index) => [index, item]);
  return value && typeof value === "object" ? Object.entries(value) : [];
}

/** The entries whose key or value has this text, in the order of the value; `most` at most. */
export function findIn(value: unknown, text: string, most: number): Found[] {
  const wanted = text.toLowerCase();
  const found: Found[] = [];
  // A list of what is left rather than recursion: a value may be nested as deeply as the server allows.
  const left: Found[] = [{ path: [], value }];
  while (left.length > 0 && found.length < most) {
    const { path, value: at } = left.pop() as Found;
    const key = path[path.length - 1];
    if (hasText(key, wanted) || hasText(at, wanted)) found.push({ path, value: at });
    for (const [name, item] of entriesOf(at).reverse()) left.push({ path: [...path, name], value: item });
  }
  return found;
}

function hasText(value: unknown, wanted: string): boolean {
  return typeof value !== "object" && typeof value !== "undefined" && String(value).toLowerCase().includes(wanted);
}

/** True if a value is longer than this as JSON; it is not looked at further than that. */
export function isLongerThan(value: unknown, characters: number): boolean {
  let length = 0;
  const left = [value];
  while (left.length > 0) {
    const at = left.pop();
    if (typeof at === "string") length += at.length + 2;
    else if (typeof at !== "object") length += 5;
    for (const [name, item] of entriesOf(at)) {
      length += typeof name === "string" ? name.length + 4 : 1;
      left.push(item);
    }
    if (length > characters) return true;
  }
  return false;
}

/** The size of a text, as people say it. */
export function sizeText(characters: number): string {
  return characters < 1000 ? `${characters} characters` : `${Math.round(characters / 1000).toLocaleString("en")} kB`;
}
