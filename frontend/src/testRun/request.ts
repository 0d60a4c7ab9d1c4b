/** What is asked for in the test panel, as a request: which part of the draft, and which data it begins with. */

import type { TestRequest } from "../api/tests";
import type { Definition } from "../graph/document";
import { readJson } from "../graph/exact";

export const MODES = ["whole", "until", "only"] as const;
export type Mode = (typeof MODES)[number];

/** Where the data come from: recorded ones, those of an event, an example, or none. */
export type Source =
  | { kind: "recorded"; id: string }
  | { kind: "event"; id: string }
  | { kind: "example"; payload: Record<string, unknown> }
  | { kind: "blank" };

/** The request for a part of a draft; undefined where no node is chosen and one is needed. */
export function requestOf(
  document: Definition,
  mode: Mode,
  node: string | undefined,
  source: Source,
): TestRequest | undefined {
  if (mode !== "whole" && node === undefined) return undefined;
  const part = mode === "whole" ? {} : { [mode]: node };
  return { document: document as never, ...part, ...dataOf(source) };
}

function dataOf(source: Source): Partial<TestRequest> {
  if (source.kind === "recorded") return { from: source.id };
  if (source.kind === "event") return { event_id: source.id };
  return { payload: source.kind === "example" ? source.payload : {} };
}

/** The request with data that were typed in place of those of the source. */
export function withTyped(request: TestRequest, mode: Mode, value: unknown): TestRequest {
  if (mode === "only") return { ...request, input: value };
  const { event_id: _, ...rest } = request;
  return { ...rest, payload: value as Record<string, unknown> };
}

/** The value in a text, or what is wrong with it: a payload is an object, an input any value. */
export function readTyped(text: string, mode: Mode): { value?: unknown; error?: string } {
  let value: unknown;
  try {
    value = readJson(text);
  } catch (error) {
    return { error: `This is not JSON: ${error instanceof Error ? error.message : String(error)}` };
  }
  const isObject = value !== null && typeof value === "object" && !Array.isArray(value);
  if (mode !== "only" && !isObject) return { error: "A payload is a JSON object, for example {}." };
  return { value };
}
