/** The tabs of a workflow in which it is edited, of one draft: first the drafts of this browser are looked up. */

import { useMediaQuery } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense, useState } from "react";
import type { Saved } from "../api/definitions";
import { definitionOf, isSame } from "../graph/document";
import { jsonLanguage } from "../graph/jsonLanguage";
import type { Language } from "../graph/language";
import { Loading } from "../ui/Loading";
import { type Draft, listDrafts } from "./draftStore";
import { useDraft } from "./useDraft";
import { useSaving } from "./useSaving";
import { useText } from "./useText";

const Editor = lazy(() => import("./Editor"));

import FoundDraft from "./FoundDraft";

const Reader = lazy(() => import("./Reader"));
const TriggerPanel = lazy(() => import("../workflows/TriggerPanel"));

/** What of the draft is shown. */
export type Shown = "editor" | "trigger";

export function EditorTab({ saved, shown }: { saved: Saved; shown: Shown }) {
  const isNarrow = useMediaQuery("(max-width: 699px)");
  const [choice, setChoice] = useState<Draft | "saved" | null>(null);
  const { workflow } = saved;
  const { data: language } = useQuery({
    queryKey: ["language", workflow.kind],
    queryFn: () => loadLanguage(workflow.kind),
    staleTime: Number.POSITIVE_INFINITY,
  });
  const drafts = useQuery({
    queryKey: ["drafts", workflow.id],
    queryFn: () => listDrafts(workflow.id).catch(() => []),
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
  });
  if (!drafts.data || !language) return <Loading lines={4} height={80} />;
  const now = definitionOf(saved.exact);
  const found = drafts.data.find((draft) => draft.text !== undefined || !isSame(draft.definition, now));
  if (isNarrow && shown === "editor") {
    return (
      <Suspense fallback={<Loading lines={4} height={80} />}>
        <Reader saved={saved} language={language} hasDraft={!!found} />
      </Suspense>
    );
  }
  if (found && choice === null) {
    return (
      <Suspense fallback={<Loading lines={2} height={60} />}>
        <FoundDraft draft={found} saved={saved} language={language} onChoose={setChoice} />
      </Suspense>
    );
  }
  return (
    <Drafted
      key={workflow.id}
      saved={saved}
      language={language}
      shown={shown}
      found={choice && choice !== "saved" ? choice : undefined}
    />
  );
}

interface DraftedProps {
  saved: Saved;
  language: Language;
  shown: Shown;
  /** A draft of an earlier visit to go on with. */
  found: Draft | undefined;
}

/** The draft lives here, so that it is the same in both tabs. */
function Drafted({ saved, language, shown, found }: DraftedProps) {
  const draft = useDraft(saved.workflow.id, saved, found);
  const text = useText(draft, language);
  const saving = useSaving(saved.workflow.id, draft);
  return (
    <Suspense fallback={<Loading lines={4} height={80} />}>
      {shown === "trigger" ? (
        <TriggerPanel saved={saved} language={language} draft={draft} saving={saving} />
      ) : (
        <Editor saved={saved} language={language} draft={draft} text={text} saving={saving} />
      )}
    </Suspense>
  );
}

/** The reader of YAML is loaded where it is needed only. */
async function loadLanguage(kind: string): Promise<Language> {
  return kind === "tasks" ? (await import("../graph/yamlLanguage")).yamlLanguage : jsonLanguage(kind);
}
