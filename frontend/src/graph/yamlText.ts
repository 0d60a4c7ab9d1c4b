/** A definition of tasks as its YAML: read, found by pointers, and changed in one place without touching the others. */

import {
  type Document,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  type Scalar,
  stringify,
  visit,
} from "yaml";
import { isSame } from "./document";
import { exactText, findInexact, readNumber, writeJson } from "./exact";
import { marked, nearest, partsOf, type Span, withParents } from "./spans";

/** The same reading as that of the server: YAML 1.2, with `<<`. */
const OPTIONS = { merge: true, version: "1.2", schema: "core" } as const;

export interface YamlFault {
  line: number | null;
  message: string;
}

/** The value of a text, or what is wrong with it. */
export function readYaml(text: string): { value: unknown } | { fault: YamlFault } {
  const lines = new LineCounter();
  const document = parseDocument(text, { ...OPTIONS, lineCounter: lines, prettyErrors: false });
  const [error] = document.errors;
  if (!error) return jsonOf(document);
  return { fault: { line: lines.linePos(error.pos[0]).line, message: error.message } };
}

function jsonOf(document: Document): { value: unknown } | { fault: YamlFault } {
  visit(document, {
    Scalar: (_, node) => {
      if (typeof node.value === "number" && /^-?\d+(\.\d+)?([eE][+-]?\d+)?$/.test(node.source ?? "")) {
        node.value = readNumber(node.source ?? "");
      }
    },
  });
  try {
    return { value: document.toJS({ maxAliasCount: 100 }) };
  } catch (error) {
    // An alias without its anchor, or one that is written out too often.
    return { fault: { line: null, message: error instanceof Error ? error.message : String(error) } };
  }
}

/** Where the values of these pointers are in a text that can be read. */
export function spansInYaml(text: string, pointers: Iterable<string>): Map<string, Span> {
  const asked = [...pointers];
  const document = parseDocument(text, OPTIONS);
  const found = new Map<string, Span>();
  for (const pointer of new Set(asked.flatMap(withParents))) {
    const range = nodeAt(document, partsOf(pointer))?.range;
    if (range) found.set(pointer, marked(text, { from: range[0], to: Math.max(range[1], range[0] + 1) }, null));
  }
  return nearest(asked, found);
}

/** The value at a pointer; undefined where there is none. */
export function valueInYaml(text: string, pointer: string): unknown {
  const read = readYaml(text);
  return "value" in read ? memberOf(read.value, partsOf(pointer)) : undefined;
}

export function memberOf(value: unknown, parts: string[]): unknown {
  return parts.reduce<unknown>(
    (found, part) => (found && typeof found === "object" ? (found as Record<string, unknown>)[part] : undefined),
    value,
  );
}

/**
 * The text with other members of the object at a pointer; undefined removes a member.
 *
 * A text, number or word in place of another replaces only its letters; all else is written anew, with its comments.
 * Null where the text would then mean something else, as with aliases: then it has to be changed by hand.
 */
export function changeYaml(text: string, pointer: string, changes: Record<string, unknown>): string | null {
  const read = readYaml(text);
  if (!("value" in read)) return null;
  const place = partsOf(pointer);
  const wanted = withMembers(read.value, place, changes);
  try {
    const result = Object.entries(changes).reduce(
      (left, [key, value]) => setMember(left, [...place, key], value),
      text,
    );
    const now = readYaml(result);
    return "value" in now && isSame(now.value, wanted) ? result : null;
  } catch {
    // The place is within an alias.
    return null;
  }
}

function setMember(text: string, path: string[], value: unknown): string {
  const document = parseDocument(text, { ...OPTIONS, intAsBigInt: true });
  const old = nodeAt(document, path);
  const isWord = value !== undefined && (value === null || typeof value !== "object" || exactText(value) !== null);
  if (isWord && isScalar(old) && old.range && isPlain(old)) {
    return text.slice(0, old.range[0]) + wordOf(value, old) + text.slice(old.range[1]);
  }
  const keys = keysOf(document, path);
  if (value === undefined) document.deleteIn(keys);
  else document.setIn(keys, nodeOf(value));
  return document.toString({ lineWidth: 0 });
}

/** True for a scalar in one line, without an anchor. */
function isPlain(node: Scalar): boolean {
  return node.type !== "BLOCK_LITERAL" && node.type !== "BLOCK_FOLDED" && !node.anchor && !node.tag;
}

/** A value as a part of a document, which keeps the letters of its numbers. */
function nodeOf(value: unknown): Node | null {
  const text = writeJson(value);
  const read = findInexact(text) === null ? stringify(value, { lineWidth: 0 }) : text;
  return parseDocument(read, { ...OPTIONS, intAsBigInt: true }).contents;
}

/** A word as YAML, quoted as the one before was. */
function wordOf(value: unknown, old: Scalar): string {
  const isQuoted = old.type === "QUOTE_DOUBLE" || old.type === "QUOTE_SINGLE";
  const number = exactText(value);
  if (number !== null) return number;
  // Within `{ }` and `[ ]`, and after a colon, JSON is always right.
  if (typeof value === "string" && (isQuoted || /[^\w ./:-]|^\W|\W$|: /.test(value))) return JSON.stringify(value);
  return stringify(value, { lineWidth: 0 }).trimEnd();
}

function nodeAt(document: Document, parts: string[]): Node | undefined {
  const found = parts.length ? document.getIn(keysOf(document, parts), true) : document.contents;
  return (found ?? undefined) as Node | undefined;
}

/** Keys as the document has them: the index of a list is a number. */
function keysOf(document: Document, parts: string[]): (string | number)[] {
  return parts.map((part, index) => {
    const inside = index === 0 ? document.contents : document.getIn(keysOf(document, parts.slice(0, index)), true);
    return isSeq(inside) ? Number(part) : part;
  });
}

function withMembers(value: unknown, place: string[], changes: Record<string, unknown>): unknown {
  const [first, ...rest] = place;
  if (first === undefined) {
    const all = Object.entries({ ...(value as object | null), ...changes });
    return Object.fromEntries(all.filter(([, each]) => each !== undefined));
  }
  const inside = withMembers(memberOf(value, [first]), rest, changes);
  if (!Array.isArray(value)) return { ...(value as object | null), [first]: inside };
  return value.map((each, index) => (index === Number(first) ? inside : each));
}
