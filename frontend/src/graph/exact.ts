/** JSON whose numbers come back as they are written: those that a browser cannot hold are kept as their text. */

const NUMBER = /-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
/** Letters up to which a number without an exponent is always held. */
const SHORT = 15;
/** No key of a stored document has this letter, so that no value is taken for a number. */
const KEY = "\u0000number";
const WRITTEN = /\{\s*"\\u0000number":\s*"([^"]*)"\s*\}/g;

/** A number as it is written. A plain object, so that it can be stored, copied and compared like all other values. */
export type ExactNumber = Record<typeof KEY, string>;

/** The value of a JSON text. Raises SyntaxError. */
export function readJson(text: string): unknown {
  const value: unknown = JSON.parse(text);
  return findInexact(text) === null ? value : JSON.parse(replaceInexact(text));
}

/** The JSON text of a value that was read by `readJson`. */
export function writeJson(value: unknown, indent?: number): string {
  return writeNumbers(JSON.stringify(value, null, indent));
}

/** A JSON text of such a value with its numbers as they were written. */
export function writeNumbers(text: string): string {
  return text.replace(WRITTEN, "$1");
}

/** The text of a number that is kept as it is written; null for all other values. */
export function exactText(value: unknown): string | null {
  const text = value && typeof value === "object" ? (value as Partial<ExactNumber>)[KEY] : undefined;
  return typeof text === "string" ? text : null;
}

/** The number of a text, which is kept as it is written where a browser cannot hold it. */
export function readNumber(text: string): number | ExactNumber {
  return isKept(text) ? Number(text) : { [KEY]: text };
}

/** The first number in a JSON text that would not come back as it is; null where all would. */
export function findInexact(text: string): string | null {
  for (const [start, end] of numbersIn(text)) {
    const found = text.slice(start, end);
    if (!isKept(found)) return found;
  }
  return null;
}

function replaceInexact(text: string): string {
  const parts: string[] = [];
  let from = 0;
  for (const [start, end] of numbersIn(text)) {
    const found = text.slice(start, end);
    if (isKept(found)) continue;
    parts.push(text.slice(from, start), JSON.stringify({ [KEY]: found }));
    from = end;
  }
  return [...parts, text.slice(from)].join("");
}

/** Where the numbers of a JSON text are. */
function* numbersIn(text: string): Generator<[start: number, end: number]> {
  for (let at = 0; at < text.length; at += 1) {
    if (text[at] === '"') at = endOfText(text, at);
    else if (text[at] === "-" || isDigit(text[at])) {
      NUMBER.lastIndex = at;
      const [found] = NUMBER.exec(text) ?? [];
      if (!found) continue;
      yield [at, at + found.length];
      at += found.length - 1;
    }
  }
}

function isDigit(letter: string | undefined): boolean {
  return letter !== undefined && letter >= "0" && letter <= "9";
}

/** The place of the quote that ends a text. */
function endOfText(text: string, start: number): number {
  let at = start + 1;
  while (at < text.length && text[at] !== '"') at += text[at] === "\\" ? 2 : 1;
  return at;
}

/** True if the browser writes the same number back: 1.10 is 1.1, and 9007199254740993 is another one. */
function isKept(number: string): boolean {
  if (number.length <= SHORT && !/[eE]/.test(number)) return true;
  const held = Number(number);
  return Number.isFinite(held) && digitsOf(number) === digitsOf(String(held));
}

/** The digits of a number without zeros around them, and the power of ten that they are multiplied with. */
function digitsOf(number: string): string {
  const [, sign = "", whole = "", fraction = "", power = "0"] =
    /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(number) ?? [];
  const digits = (whole + fraction).replace(/^0+/, "");
  const kept = digits.replace(/0+$/, "");
  return kept && `${sign}${kept} ${Number(power) - fraction.length + digits.length - kept.length}`;
}
