/** What became of a save: its error, a newer version of somebody else, and the two saves to combine. */

import { Alert } from "@mantine/core";
import type { Saved } from "../api/definitions";
import { Problem } from "../ui/Problem";
import { ConflictDialog } from "./ConflictDialog";
import type { DraftState } from "./useDraft";
import type { Saving } from "./useSaving";

export function SaveNotices({ saved, draft, saving }: { saved: Saved; draft: DraftState; saving: Saving }) {
  return (
    <>
      {saving.error && <Problem error={saving.error} />}
      {saved.etag !== draft.base.etag && !saving.isSaving && (
        <Alert color="yellow">
          Version {saved.workflow.version} was saved by somebody else. Save yours to see both and combine them.
        </Alert>
      )}
      <ConflictDialog
        theirs={saving.theirs}
        base={draft.base}
        mine={draft.definition}
        onClose={saving.closeConflict}
        onChoose={(base, definition) => {
          draft.rebase(base, definition);
          saving.closeConflict();
        }}
      />
    </>
  );
}
