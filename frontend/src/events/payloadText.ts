/** The text of a payload, as the user writes it. */

import type { Payload } from "../api/events";

interface Parsed {
  payload?: Payload;
  error?: string;
}

/** The object in a text, or why it is none. */
export function parsePayload(text: string): Parsed {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return { error: `This is not JSON: ${error instanceof Error ? error.message : String(error)}` };
  }
  if (value === null || typeof value !== "object" || Array.isArray(value)) {
    return { error: "An event is a JSON object, for example {}." };
  }
  return { payload: value as Payload };
}
