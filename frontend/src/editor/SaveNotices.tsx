/** What became of a save: its error, a newer version of somebody else, and the two saves to combine. */

import { Button, Group } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import type { Saved } from "../api/definitions";
import { Notice } from "../ui/Notice";
import { Problem } from "../ui/Problem";
import { ConflictDialog } from "./ConflictDialog";
import type { DraftState } from "./useDraft";
import { type Newer, useAuthor, useNewer } from "./useNewer";
import type { Saving } from "./useSaving";

export function SaveNotices({ saved, draft, saving }: { saved: Saved; draft: DraftState; saving: Saving }) {
  const [newer, close] = useNewer(saved, draft, saving);
  const { id, version } = saved.workflow;
  const isBehind = draft.isDirty && saved.etag !== draft.base.etag && !saving.isSaving;
  return (
    <>
      {saving.error && <Problem error={saving.error} />}
      {isBehind ? (
        <NewerNotice workflowId={id} newer={{ before: draft.base.version, version }}>
          <Button size="compact-xs" variant="default" onClick={() => saving.showConflict(saved)}>
            Combine with mine…
          </Button>
        </NewerNotice>
      ) : (
        newer && (
          <NewerNotice workflowId={id} newer={newer}>
            <Button size="compact-xs" variant="default" onClick={close}>
              Close
            </Button>
          </NewerNotice>
        )
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

/** "Ann saved version 8", with what it changed. */
function NewerNotice({ workflowId, newer, children }: { workflowId: string; newer: Newer; children: ReactNode }) {
  const { before, version } = newer;
  const who = useAuthor(workflowId, before, version);
  return (
    <Notice tone="warning" isLive>
      <Group gap="sm">
        {before === version ? (
          <span>{who} saved other settings or positions.</span>
        ) : (
          <>
            <span>
              {who} saved version {version}.
            </span>
            {/* In another window, so that the draft stays here. */}
            <Link
              to="/workflows/$workflowId"
              params={{ workflowId }}
              search={{ tab: "versions", a: before, b: version }}
              target="_blank"
              rel="noopener"
              className="small-link"
            >
              See what changed
            </Link>
          </>
        )}
        {children}
      </Group>
    </Notice>
  );
}
