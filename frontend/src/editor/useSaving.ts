/** Saving a draft against the version that it began from. */

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { noteOwnSave, type Saved, saveDefinition, savedQuery } from "../api/definitions";
import { noteAction } from "../api/live";
import { statusOf } from "../api/problems";
import { baseOf, type DraftState } from "./useDraft";

export interface Saving {
  save: () => void;
  isSaving: boolean;
  error: Error | null;
  /** What the server has, where somebody else saved since. */
  theirs: Saved | null;
  closeConflict: () => void;
  /** Show both saves before this one is tried. */
  showConflict: (theirs: Saved) => void;
}

export function useSaving(workflowId: string, draft: DraftState): Saving {
  const queries = useQueryClient();
  const [theirs, setTheirs] = useState<Saved | null>(null);
  const saving = useMutation({
    mutationFn: () => saveDefinition(workflowId, draft.definition, draft.base.etag),
    onSuccess: async (saved) => {
      noteAction();
      noteOwnSave(saved);
      // What was asked for before the save would look like another save.
      await queries.cancelQueries({ queryKey: savedQuery(workflowId).queryKey });
      draft.rebase({ ...baseOf(saved), definition: draft.definition });
      queries.setQueryData(savedQuery(workflowId).queryKey, saved);
      return queries.invalidateQueries({ queryKey: ["workflows"] });
    },
    onError: async (error) => {
      if (statusOf(error) === 412) setTheirs(await queries.fetchQuery({ ...savedQuery(workflowId), staleTime: 0 }));
    },
  });
  return {
    save: () => saving.mutate(),
    isSaving: saving.isPending,
    error: theirs ? null : saving.error,
    theirs,
    showConflict: setTheirs,
    closeConflict: () => {
      setTheirs(null);
      saving.reset();
    },
  };
}
