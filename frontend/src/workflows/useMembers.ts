/** Saving members of a workflow beside its definition, such as its name, only where nobody saved since it was read. */

import { notifications } from "@mantine/notifications";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { noteOwnSave, type Saved, savedQuery, saveMembers } from "../api/definitions";
import { noteAction } from "../api/live";
import { useMay } from "../api/me";
import { messageOf, statusOf } from "../api/problems";
import { settingsOf } from "./settings";

export function useMembers({ workflow, etag, inexact }: Saved) {
  const queries = useQueryClient();
  const may = useMay();
  const saving = useMutation({
    mutationFn: (members: { name?: string; is_active?: boolean }) =>
      saveMembers(workflow.id, { ...settingsOf(workflow), trigger: workflow.trigger, ...members }, etag),
    onSuccess: (next) => {
      noteAction();
      noteOwnSave(next);
      queries.setQueryData(savedQuery(workflow.id).queryKey, next);
      return queries.invalidateQueries({ queryKey: ["workflows"] });
    },
    onError: (error) => {
      const message = statusOf(error) === 412 ? "Somebody saved it since; it was read again." : messageOf(error);
      notifications.show({ color: "red", title: "Not saved", message });
      void queries.invalidateQueries({ queryKey: ["workflow", workflow.id] });
    },
  });
  return {
    save: saving.mutate,
    isSaving: saving.isPending,
    /** False: the user may not, or the trigger has a number that a browser would change. */
    canSave: may("workflows:write") && inexact === null,
  };
}
