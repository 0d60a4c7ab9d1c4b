/** Where things are in a text: the places that JSON Pointers name, and the lines of places. */

export interface Span {
  from: number;
  to: number;
}

/** A pointer, and the pointers of all that it is in, innermost first; "" is the whole text. */
export function withParents(pointer: string): string[] {
  const found = [pointer];
  for (let rest = pointer; rest.includes("/"); found.push(rest)) rest = rest.slice(0, rest.lastIndexOf("/"));
  return found;
}

/** The parts of a JSON Pointer. */
export function partsOf(pointer: string): string[] {
  return pointer
    .split("/")
    .slice(1)
    .map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"));
}

/** The JSON Pointer of a member. */
export function memberAt(pointer: string, key: string | number): string {
  return `${pointer}/${String(key).replaceAll("~", "~0").replaceAll("/", "~1")}`;
}

/** The number of the line of a place, from 1. */
export function lineAt(text: string, place: number): number {
  let line = 1;
  for (let at = text.indexOf("\n"); at >= 0 && at < place; at = text.indexOf("\n", at + 1)) line += 1;
  return line;
}

/** The part of a span to mark: all of a value in one line, else its key, else its first letter. */
export function marked(text: string, value: Span, key: Span | null): Span {
  const isOneLine = !text.slice(value.from, value.to).includes("\n");
  return isOneLine ? value : (key ?? { from: value.from, to: value.from + 1 });
}

/**
 * Where the values of these pointers are in a JSON text; that of a value that is not there is where it would be in.
 *
 * The text must be JSON.
 */
export function spansInJson(text: string, pointers: Iterable<string>): Map<string, Span> {
  const asked = [...pointers];
  const wanted = new Set(asked.flatMap(withParents));
  const found = new Map<string, Span>();
  new Walk(text, wanted, found).value("", null);
  return nearest(asked, found);
}

/** For each pointer its own span, else that of the nearest thing that it is in. */
export function nearest(pointers: string[], found: ReadonlyMap<string, Span>): Map<string, Span> {
  return new Map(
    pointers.map((pointer) => {
      const known = withParents(pointer).find((each) => found.has(each));
      return [pointer, found.get(known ?? "") ?? { from: 0, to: 1 }];
    }),
  );
}

class Walk {
  private at = 0;

  constructor(
    private readonly text: string,
    private readonly wanted: ReadonlySet<string>,
    private readonly found: Map<string, Span>,
  ) {}

  /** Read one value; `pointer` is null where nothing in it is wanted. */
  value(pointer: string | null, key: Span | null): void {
    this.skip();
    const from = this.at;
    const letter = this.text[from];
    if (letter === "{") this.members(pointer);
    else if (letter === "[") this.items(pointer);
    else if (letter === '"') this.string();
    else while (this.at < this.text.length && !/[\s,\]}]/.test(this.text[this.at] ?? "")) this.at += 1;
    if (pointer !== null) this.found.set(pointer, marked(this.text, { from, to: this.at }, key));
    this.skip();
  }

  private members(pointer: string | null): void {
    while (this.next("}")) {
      const from = this.at;
      const name = JSON.parse(this.string()) as string;
      const key = { from, to: this.at };
      this.skip();
      this.at += 1;
      this.value(this.inside(pointer, name), key);
    }
  }

  private items(pointer: string | null): void {
    for (let index = 0; this.next("]"); index += 1) this.value(this.inside(pointer, index), null);
  }

  /** Go to the next part of a list or an object; false at its end. */
  private next(end: string): boolean {
    // Here is the bracket that opens, a comma, or the bracket that closes.
    if (this.text[this.at] !== end) this.at += 1;
    this.skip();
    if (this.text[this.at] !== end) return this.at < this.text.length;
    this.at += 1;
    return false;
  }

  private inside(pointer: string | null, key: string | number): string | null {
    const found = pointer === null ? null : memberAt(pointer, key);
    return found !== null && this.wanted.has(found) ? found : null;
  }

  private string(): string {
    const from = this.at;
    this.at += 1;
    while (this.at < this.text.length && this.text[this.at] !== '"') this.at += this.text[this.at] === "\\" ? 2 : 1;
    this.at += 1;
    return this.text.slice(from, this.at);
  }

  private skip(): void {
    while (/\s/.test(this.text[this.at] ?? "")) this.at += 1;
  }
}
