/** The things that entries of the audit are about: in words, and where their pages are. */

import type { Entry } from "../../api/audit";

/** The path of the page of a thing; null where it has none, or is gone. */
export function pathOf({ thing, thing_id: id, action, detail }: Entry): string | null {
  if (action === "delete" || action === "revoke" || !id) return null;
  if (thing === "workflow") return `/workflows/${id}`;
  if (thing === "execution") return `/executions/${id}`;
  if (thing === "event") return `/events/${id}`;
  if (thing === "subscription") return `/settings/subscriptions/${id}`;
  if (thing === "hook" && typeof detail?.name === "string") return `/settings/hooks/${detail.name}`;
  return null;
}

/** The name of a thing: that of its details, else the end of its id. */
export function nameOf({ thing_id: id, detail }: Entry): string {
  for (const key of ["name", "workflow_name", "url", "prefix"]) {
    const value = detail?.[key];
    if (typeof value === "string" && value) return value;
  }
  if (!id) return "";
  return /^[0-9a-f-]{36}$/.test(id) ? id.slice(-8) : id;
}

/** An action with its thing: "Sign in session". */
export function deedOf({ action, thing }: Pick<Entry, "action" | "thing">): string {
  const words = `${action} ${thing}`.replaceAll("_", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}
