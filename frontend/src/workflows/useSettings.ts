/** The settings that are being changed: what they began from, saving them, and a save of somebody else. */

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { type Saved, savedQuery, saveMembers } from "../api/definitions";
import { noteAction } from "../api/live";
import { statusOf } from "../api/problems";
import { changedMembers, type Settings, settingsOf } from "./settings";

export interface SettingsDraft {
  settings: Settings;
  base: Settings;
  isDirty: boolean;
  isSaving: boolean;
  error: Error | null;
  /** What the server has, where somebody else saved since. */
  theirs: Saved | null;
  edit: (settings: Settings) => void;
  save: () => void;
  /** Go on from what the server has with these settings. */
  rebase: (saved: Saved, settings: Settings) => void;
}

export function useSettings(saved: Saved): SettingsDraft {
  const queries = useQueryClient();
  const [from, setFrom] = useState(saved);
  const base = settingsOf(from.workflow);
  const [settings, setSettings] = useState<Settings>(base);
  const [theirs, setTheirs] = useState<Saved | null>(null);
  const isDirty = changedMembers(base, settings).length > 0;
  const rebase = (next: Saved, with_: Settings) => {
    setFrom(next);
    setSettings(with_);
    setTheirs(null);
  };
  // A save of somebody else is shown at once where nothing was changed here.
  useEffect(() => {
    if (isDirty || saved.etag === from.etag) return;
    setFrom(saved);
    setSettings(settingsOf(saved.workflow));
  }, [saved, from, isDirty]);
  const saving = useMutation({
    mutationFn: () => {
      const { id, trigger } = from.workflow;
      return saveMembers(id, { ...settings, trigger }, from.etag);
    },
    onSuccess: (next) => {
      noteAction();
      rebase(next, settingsOf(next.workflow));
      queries.setQueryData(savedQuery(next.workflow.id).queryKey, next);
      return queries.invalidateQueries({ queryKey: ["workflows"] });
    },
    onError: async (error) => {
      if (statusOf(error) !== 412) return;
      setTheirs(await queries.fetchQuery({ ...savedQuery(from.workflow.id), staleTime: 0 }));
    },
  });
  return {
    ...{ settings, base, isDirty, theirs, rebase },
    isSaving: saving.isPending,
    error: theirs ? null : saving.error,
    edit: setSettings,
    save: () => saving.mutate(),
  };
}
