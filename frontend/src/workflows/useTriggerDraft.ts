/** The trigger of a draft: its edits, and what the server says about it. */

import { useDebouncedValue } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { useMemo, useRef, useState } from "react";
import { compiledQuery } from "../api/definitions";
import type { ProblemRead } from "../client/types.gen";
import type { DraftState } from "../editor/useDraft";
import type { Language } from "../graph/language";
import { withTrigger } from "../graph/trigger";
import type { Message } from "../rules/marks";

/** Milliseconds in which letters that follow each other are undone together. */
const TYPING = 700;
const TRIGGER = "/trigger";

/** Changes the trigger and nothing else of the draft; refused where only the text can be changed. */
export function useTriggerEdit(draft: DraftState, language: Language) {
  const typed = useRef({ field: "", at: 0 });
  const [isRefused, setRefused] = useState(false);
  const edit = (rule: unknown, field = "") => {
    const joins = field !== "" && typed.current.field === field && Date.now() - typed.current.at < TYPING;
    typed.current = { field, at: Date.now() };
    const changed = withTrigger(draft.definition, language, rule);
    setRefused(changed === null);
    if (changed) draft.edit(changed, joins);
  };
  return { edit, isRefused };
}

export interface TriggerProblems {
  /** Those that keep the draft from being saved, wherever they are. */
  errors: ProblemRead[];
  /** All about the trigger, with their pointers in it. */
  messages: Message[];
}

export function useTriggerProblems(draft: DraftState, workflowId: string): TriggerProblems {
  const [settled] = useDebouncedValue(draft.definition, 250, { leading: true });
  const { data } = useQuery(compiledQuery(settled, workflowId));
  return useMemo(() => {
    const { errors = [], warnings = [] } = data ?? {};
    const messages = [...errors, ...warnings].flatMap(({ pointer, message }) =>
      pointer === TRIGGER || pointer?.startsWith(`${TRIGGER}/`)
        ? [{ pointer: pointer.slice(TRIGGER.length), message }]
        : [],
    );
    return { errors, messages };
  }, [data]);
}
