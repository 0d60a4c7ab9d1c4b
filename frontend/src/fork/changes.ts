/** What a fork changes: only what was edited is sent. */

import type { ForkRequest } from "../api/forks";
import { isSameJson, parseJson } from "../ui/jsonText";

export interface Edited {
  /** The text of the field; undefined while it was not touched. */
  text: string | undefined;
  original: unknown;
}

export type Changed = { request: ForkRequest; errors: { input?: string; payload?: string } };

/** The request of a fork from a step, and which of the texts cannot be sent. */
export function requestOf(from: string, input: Edited, payload: Edited): Changed {
  const request: ForkRequest = { from };
  const errors: Changed["errors"] = {};
  const newInput = changeOf(input);
  if (newInput.error) errors.input = newInput.error;
  else if (newInput.isChanged) request.input = newInput.value;
  const newPayload = changeOf(payload);
  if (newPayload.error) errors.payload = newPayload.error;
  else if (newPayload.isChanged) {
    if (isObject(newPayload.value)) request.payload = newPayload.value;
    else errors.payload = "A payload is a JSON object, for example {}.";
  }
  return { request, errors };
}

function changeOf({ text, original }: Edited): { isChanged: boolean; value?: unknown; error?: string } {
  if (text === undefined) return { isChanged: false };
  const { value, error } = parseJson(text);
  if (error !== undefined) return { isChanged: false, error };
  return { isChanged: !isSameJson(value, original), value };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}
