/** A rule in words, without an event: "`lead.score` is more than 75". Code stands between backticks. */

import { writeJson } from "../graph/exact";
import { GROUP_TITLES, isKnown } from "./operators";
import { isConstant, isObject, type Operation, operationOf, readOf } from "./parts";
import type { Value } from "./pointer";

/** Characters of a value that are shown. */
const LONGEST = 60;
/** Levels that a sentence goes down. */
const DEEPEST = 4;

/** How a comparison is read, in its second place. */
export const RELATIONS: Record<string, string> = {
  "==": "is",
  "!=": "is not",
  "===": "is exactly",
  "!==": "is not exactly",
  ">": "is more than",
  ">=": "is at least",
  "<": "is less than",
  "<=": "is at most",
};

const LOOP_WORDS: Record<string, string> = {
  some: "some item of",
  all: "every item of",
  none: "no item of",
  filter: "the items of",
  map: "each item of",
  reduce: "one value from all items of",
};

const ARITHMETIC = new Set(["+", "-", "*", "/", "%"]);

/** A value as it is shown: JSON, cut where it is long. */
export function valueWords(value: Value, longest = LONGEST): string {
  const text = writeJson(value ?? null);
  return text.length > longest ? `${text.slice(0, longest)}…` : text;
}

/** A whole rule in words, for a line that stands for it. */
export function ruleWords(rule: Value, depth = 0): string {
  const operation = operationOf(rule);
  if (!operation) return isObject(rule) ? code(rule) : constantWords(rule);
  if (!isKnown(operation.op) || depth > DEEPEST) return code(rule);
  const { op, args } = operation;
  if (op === "and" || op === "or") return joined(op, args, depth);
  if (op === "!") return `not (${args.map((arg) => ruleWords(arg, depth + 1)).join(", ")})`;
  return leafWords(operation, depth);
}

function joined(op: string, args: Value[], depth: number): string {
  if (args.length === 0) return `${op === "and" ? "all" : "any"} of no conditions`;
  const all = args.map((arg) => ruleWords(arg, depth + 1)).join(` ${op} `);
  return depth > 0 && args.length > 1 ? `(${all})` : all;
}

function constantWords(value: Value): string {
  if (value === true) return "always";
  if (value === false) return "never";
  return valueWords(value);
}

/** The words of one row: the heading of a group, or a whole clause. */
export function rowWords(rule: Value): string {
  const operation = operationOf(rule);
  if (!operation) return isObject(rule) ? code(rule) : constantWords(rule);
  if (!isKnown(operation.op)) return code(rule);
  const { op, args } = operation;
  const words = LOOP_WORDS[op];
  if (words) return `${words} ${operandWords(args[0], 1)}`;
  return GROUP_TITLES[op] ?? leafWords(operation, 0);
}

function leafWords({ op, args }: Operation, depth: number): string {
  const words = args.map((arg) => operandWords(arg, depth + 1));
  const [first = "nothing", second = "nothing", third] = words;
  if (op === "<" || op === "<=") {
    if (third !== undefined && args.length > 2) {
      return op === "<=" ? `${second} is from ${first} to ${third}` : `${second} is between ${first} and ${third}`;
    }
  }
  const relation = RELATIONS[op];
  if (relation) return `${first} ${relation} ${second}`;
  if (op === "in") return membershipWords(args, first, second);
  if (ARITHMETIC.has(op) && args.length > 1) return words.join(` ${op} `);
  if (op === "!!") return `${first} is there and not empty`;
  if (op === "missing") return `${listed(args)} is missing`;
  if (op === "missing_some") return `fewer than ${first} of ${listed([args[1]])} are there`;
  if (op === "var") return readOf({ var: args }) ? operandWords({ var: args }, depth) : `the value at ${first}`;
  return `${op} of ${words.join(", ")}`;
}

function membershipWords(args: Value[], first: string, second: string): string {
  const [needle, haystack] = args;
  if (Array.isArray(haystack)) return `${first} is one of ${listed([haystack])}`;
  return isConstant(needle) ? `${second} contains ${first}` : `${first} is in ${second}`;
}

/** The values of constants, and of lists of them, one after another. */
function listed(args: Value[]): string {
  const values = args.flatMap((arg) => (Array.isArray(arg) ? arg : [arg]));
  const shown = values.slice(0, 8).map((value) => operandWords(value, 1));
  return `${shown.join(", ")}${values.length > 8 ? ` and ${values.length - 8} more` : ""}` || "nothing";
}

/** A value that is compared, as a part of a sentence. */
function operandWords(value: Value, depth: number): string {
  const read = readOf(value);
  if (read) return read.path === "" ? "the whole value" : `\`${read.path.replaceAll("`", "'")}\``;
  const operation = operationOf(value);
  if (!operation) return isObject(value) ? code(value) : valueWords(value);
  if (!isKnown(operation.op) || depth > DEEPEST) return code(value);
  return `(${ruleWords(value, depth)})`;
}

function code(value: Value): string {
  return `\`${valueWords(value).replaceAll("`", "'")}\``;
}
