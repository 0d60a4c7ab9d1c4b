/** A condition in one row: what it asks, and in which order its arguments are read and written. */

import { COMPARISONS } from "./operators";
import { argumentPointer, isConstant, isObject, operationOf, readOf } from "./parts";
import type { Value } from "./pointer";
import { RELATIONS } from "./words";

/** Types of values, as events are seen to have them. */
export type SeenType = "number" | "string" | "boolean" | "array" | "object" | "null";

export interface Question {
  id: string;
  label: string;
  /** Types of fields for which it is offered first; all where there are none. */
  types: SeenType[];
}

const ORDERED: SeenType[] = ["number"];
const COMPARED: SeenType[] = ["number", "string", "boolean"];
const ANY: SeenType[] = ["number", "string", "boolean", "array", "object", "null"];

export const QUESTIONS: Question[] = [
  { id: "==", label: "is", types: COMPARED },
  { id: "!=", label: "is not", types: COMPARED },
  { id: ">", label: "is more than", types: ORDERED },
  { id: ">=", label: "is at least", types: ORDERED },
  { id: "<", label: "is less than", types: ORDERED },
  { id: "<=", label: "is at most", types: ORDERED },
  { id: "from-to", label: "is from … to …", types: ORDERED },
  { id: "one-of", label: "is one of", types: ["string", "number"] },
  { id: "contains", label: "contains", types: ["string", "array"] },
  { id: "!!", label: "is there and not empty", types: ANY },
  { id: "missing", label: "is missing", types: ANY },
  { id: "some", label: "has an item that is", types: ["array"] },
  { id: "all", label: "has only items that are", types: ["array"] },
  { id: "none", label: "has no item that is", types: ["array"] },
  { id: "===", label: "is exactly", types: [] },
  { id: "!==", label: "is not exactly", types: [] },
  { id: "between", label: "is between, ends excluded", types: [] },
  { id: "var", label: "is true", types: [] },
];

/** What a clause asks; the operator itself where it is none of the questions. */
export function questionOf(clause: Value): string {
  const operation = operationOf(clause);
  if (!operation) return "";
  const { op, args } = operation;
  if ((op === "<" || op === "<=") && args.length > 2) return op === "<=" ? "from-to" : "between";
  if (op === "in" && args.length === 2) {
    if (Array.isArray(args[1])) return "one-of";
    if (isConstant(args[0])) return "contains";
  }
  return op;
}

/** An argument with its pointer below the clause. */
export interface Operand {
  pointer: string;
  value: Value;
  /** "name": a constant that names a path. */
  kind: "path" | "name" | "value" | "rule";
}

/** The arguments in the order in which they are read; the question stands behind the first. */
export function operandsOf(clause: Value): Operand[] | null {
  const operation = operationOf(clause);
  if (!operation) return [{ pointer: "", value: clause, kind: isObject(clause) ? "rule" : "value" }];
  const question = questionOf(clause);
  const { op, args } = operation;
  if (op === "var") return readOf(clause) ? [{ pointer: "", value: clause, kind: "path" }] : null;
  const order = ORDERS[question] ?? (COMPARISONS.has(op) ? [0, 1] : null);
  const isWhole = order !== null && order.length === args.length;
  if (!isWhole) return null;
  const operands = order.map((index) => operandOf(args[index], argumentPointer("", operation, index)));
  if (question !== "missing") return operands;
  const [name] = operands;
  return name && typeof name.value === "string" ? [{ ...name, kind: "name" }] : null;
}

/** The arguments of a question in the order in which they are read. */
const ORDERS: Record<string, number[]> = {
  "from-to": [1, 0, 2],
  between: [1, 0, 2],
  "one-of": [0, 1],
  contains: [1, 0],
  in: [0, 1],
  "!!": [0],
  missing: [0],
};

function operandOf(value: Value, pointer: string): Operand {
  return { pointer, value, kind: readOf(value) ? "path" : isConstant(value) ? "value" : "rule" };
}

/** What the clause is about: the first argument that reads a path. */
export function subjectOf(clause: Value): Value {
  const operation = operationOf(clause);
  if (!operation || operation.op === "var") return operation ? clause : { var: "" };
  if (operation.op === "missing" && typeof operation.args[0] === "string") return { var: operation.args[0] };
  return operation.args.find((arg) => readOf(arg)) ?? operation.args.find((arg) => !isConstant(arg)) ?? { var: "" };
}

/** The path of the subject; undefined where it reads none. */
export function subjectPath(clause: Value): string | undefined {
  return readOf(subjectOf(clause))?.path;
}

/** The constant with which the subject is compared. */
function constantOf(clause: Value): Value {
  const args = operationOf(clause)?.op === "missing" ? [] : (operationOf(clause)?.args ?? []);
  return args.find((arg) => isConstant(arg) && arg !== null) ?? "";
}

/** The clause with another question about the same subject; its arguments stay where they fit. */
export function ask(clause: Value, question: string): Value {
  const operation = operationOf(clause);
  if (operation && COMPARISONS.has(question) && COMPARISONS.has(operation.op) && operation.args.length === 2) {
    return { [question]: operation.args };
  }
  const [subject, constant] = [subjectOf(clause), constantOf(clause)];
  const one = Array.isArray(constant) ? (constant[0] ?? "") : constant;
  if (RELATIONS[question]) return { [question]: [subject, one] };
  return BUILDERS[question]?.(subject, one, constant) ?? clause;
}

type Builder = (subject: Value, one: Value, constant: Value) => Value;

const withItem =
  (loop: string): Builder =>
  (subject, one) => ({ [loop]: [subject, { "==": [{ var: "" }, one] }] });

const BUILDERS: Record<string, Builder> = {
  "from-to": (subject, one) => ({ "<=": [one, subject, one] }),
  between: (subject, one) => ({ "<": [one, subject, one] }),
  "one-of": (subject, one, constant) => ({
    in: [subject, Array.isArray(constant) ? constant : one === "" ? [] : [one]],
  }),
  contains: (subject, one) => ({ in: [one, subject] }),
  "!!": (subject) => ({ "!!": [subject] }),
  missing: (subject) => ({ missing: [readOf(subject)?.path ?? ""] }),
  var: (subject) => subject,
  some: withItem("some"),
  all: withItem("all"),
  none: withItem("none"),
};

/** A condition whose field has just been chosen, with a question and a value that fit what was seen there. */
export function fitCondition(clause: Value, type: SeenType | undefined, example: Value): Value {
  if (type === "array" || type === "object") return ask(clause, type === "array" ? "contains" : "!!");
  const operation = operationOf(clause);
  if (operation?.op !== "==" || operation.args[1] !== "") return clause;
  if (type === "number") return { "==": [operation.args[0], typeof example === "number" ? example : 0] };
  return type === "boolean" ? { "==": [operation.args[0], true] } : clause;
}
