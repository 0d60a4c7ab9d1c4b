/** A key as the form has it, and the body of its request. */

import type { NewKey, Scope } from "../../api/keys";

export interface KeyDraft {
  name: string;
  scopes: Scope[];
  /** A day of the user's calendar, such as 2026-12-31; empty: it does not expire. */
  expires: string;
  workflowPrefix: string;
  requestsPerSecond: number | string;
  bytesPerMinute: number | string;
}

export const EMPTY: KeyDraft = {
  name: "",
  scopes: [],
  expires: "",
  workflowPrefix: "",
  requestsPerSecond: "",
  bytesPerMinute: "",
};

export function newKeyOf(draft: KeyDraft): NewKey {
  return {
    name: draft.name.trim(),
    scopes: draft.scopes,
    expires_at: draft.expires ? endOf(draft.expires) : null,
    workflow_prefix: draft.workflowPrefix || null,
    requests_per_second: numberOf(draft.requestsPerSecond),
    bytes_per_minute: numberOf(draft.bytesPerMinute),
  };
}

/** The last moment of a day, in the user's time zone. */
function endOf(day: string): string {
  return new Date(`${day}T23:59:59`).toISOString();
}

function numberOf(value: number | string): number | null {
  return value === "" ? null : Number(value);
}
