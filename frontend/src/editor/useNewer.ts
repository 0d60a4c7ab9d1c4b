/** Saves that came while a workflow was open in the editor: taken over where nothing is lost by it, else told. */

import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { isOwnSave, type Saved } from "../api/definitions";
import { versionQuery } from "../api/versions";
import { merge } from "./merge";
import { baseOf, type DraftState } from "./useDraft";
import type { Saving } from "./useSaving";

/** A save of somebody else that the page shows already. */
export interface Newer {
  before: number;
  version: number;
}

export function useNewer(saved: Saved, draft: DraftState, saving: Saving): [Newer | null, () => void] {
  const [newer, setNewer] = useState<Newer | null>(null);
  const { base, isDirty, definition, rebase } = draft;
  useEffect(() => {
    if (saving.isSaving || saved.etag === base.etag) return;
    const next = baseOf(saved);
    const isOwn = isOwnSave(saved);
    if (!isDirty) {
      rebase(next);
      if (!isOwn) setNewer({ before: base.version, version: next.version });
    } else if (isOwn) rebase(next, merge(base.definition, definition, next.definition).definition);
  }, [saved, base, isDirty, definition, rebase, saving.isSaving]);
  return [newer, () => setNewer(null)];
}

/** How to call the person who saved a version; a save that made no version is not attributed. */
export function useAuthor(workflowId: string, before: number, version: number): string {
  const { data } = useQuery({ ...versionQuery(workflowId, version), enabled: before !== version });
  return data?.by ?? "Somebody else";
}
