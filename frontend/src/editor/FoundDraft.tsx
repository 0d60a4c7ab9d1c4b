/** A draft of an earlier visit: go on with it, compare it with what is saved, or discard it. */

import { Button, Group, Stack, Text } from "@mantine/core";
import { useState } from "react";
import type { Saved } from "../api/definitions";
import { definitionOf } from "../graph/document";
import type { Language } from "../graph/language";
import { Notice } from "../ui/Notice";
import { Time } from "../ui/Time";
import { Lines } from "../workflows/Lines";
import { diffText } from "../workflows/lineDiff";
import { type Draft, dropDraft } from "./draftStore";
import "../workflows/versions.css";

interface FoundDraftProps {
  draft: Draft;
  saved: Saved;
  language: Language;
  onChoose: (choice: Draft | "saved") => void;
}

export default function FoundDraft({ draft, saved, language, onChoose }: FoundDraftProps) {
  const { version } = saved.workflow;
  const [isCompared, setCompared] = useState(false);
  return (
    <Stack gap="md">
      <Notice tone="warning" title="There are changes that were not saved">
        <Text size="sm" mb="xs">
          They were made <Time at={new Date(draft.at).toISOString()} /> on version {draft.version}
          {draft.version === version ? "" : `; the newest is version ${version}`}.
        </Text>
        <Group gap="xs">
          <Button size="xs" onClick={() => onChoose(draft)}>
            Continue
          </Button>
          <Button size="xs" variant="default" aria-expanded={isCompared} onClick={() => setCompared((shown) => !shown)}>
            Compare
          </Button>
          <Button
            size="xs"
            variant="default"
            onClick={() => dropDraft(draft.workflowId, draft.tab).finally(() => onChoose("saved"))}
          >
            Discard
          </Button>
        </Group>
      </Notice>
      {isCompared && <Changes draft={draft} saved={saved} language={language} />}
    </Stack>
  );
}

/** What is saved now against the draft, line by line. */
function Changes({ draft, saved, language }: Omit<FoundDraftProps, "onChoose">) {
  const now = language.textOf(definitionOf(saved.exact));
  const drafted = draft.text ?? language.textOf(draft.definition);
  if (now === drafted) {
    return (
      <Text size="sm" className="quiet">
        The text is the same; they differ in members beside it.
      </Text>
    );
  }
  return <Lines lines={diffText(now, drafted)} label="Differences of the draft from what is saved" />;
}
