/** The settings of a workflow: everything that a save has beside the definition and the trigger. */

import { isSame } from "../graph/document";

export type Settings = Record<string, unknown>;

/** Members that are settings, by how people call them. */
export const NAMES: Record<string, string> = {
  name: "Name",
  description: "Description",
  is_active: "Active",
  concurrency: "Concurrency",
  rate_limit: "Rate limit",
  debounce: "Debounce",
  batch: "Batch",
  schedule: "Schedule",
  self: "Starts itself",
};

/** The settings that a workflow has; members without a value are left out. */
export function settingsOf(workflow: object): Settings {
  const members = Object.entries(workflow).filter(([key, value]) => key in NAMES && value !== null);
  return Object.fromEntries(members.filter(([, value]) => value !== undefined));
}

/** The members that differ. */
export function changedMembers(a: Settings, b: Settings): string[] {
  return Object.keys(NAMES).filter((key) => !isSame(a[key], b[key]));
}

export interface MergedSettings {
  settings: Settings;
  /** Members that they changed. */
  theirs: string[];
  /** Members that both changed, each in another way; the result has mine. */
  clashes: string[];
}

/** Theirs with all that mine changed against the base. */
export function mergeSettings(base: Settings, mine: Settings, theirs: Settings): MergedSettings {
  const settings = { ...theirs };
  const changedByThem = changedMembers(base, theirs);
  for (const key of changedMembers(base, mine)) {
    if (mine[key] === undefined) delete settings[key];
    else settings[key] = mine[key];
  }
  const clashes = changedByThem.filter((key) => !isSame(mine[key], base[key]) && !isSame(mine[key], theirs[key]));
  return { settings, theirs: changedByThem, clashes };
}

/** The problems of a save by member, and by the key inside it ("" for the member itself). */
export function problemsByMember(problems: { pointer?: string | null; message: string }[]) {
  const found = new Map<string, Map<string, string>>();
  for (const { pointer, message } of problems) {
    const [, member = "", key = ""] = (pointer ?? "").split("/");
    if (!(member in NAMES)) continue;
    const inside = found.get(member) ?? new Map<string, string>();
    inside.set(key, message);
    found.set(member, inside);
  }
  return found;
}
