/** Trying changes of an event or a trigger: the server decides again, and nothing is stored. */

import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { type Event, type Explanation, tryRule } from "../api/events";
import { revisionQuery } from "../api/revisions";
import type { ExplanationRead, FlipRead } from "../client/types.gen";
import { applyFlip, type Trial, visibleEvent } from "./trial";

export interface TrialState {
  trial: Trial | null;
  /** The flip that is tried. */
  flip: FlipRead | null;
  decided: ExplanationRead | undefined;
  error: Error | null;
  /** Undefined until the event and the rule are known. */
  start?: (flip: FlipRead) => void;
  reset: () => void;
}

export function useTrial(event: Event | undefined, explanation: Explanation | undefined): TrialState {
  const [flip, setFlip] = useState<FlipRead | null>(null);
  const workflow = explanation?.workflow;
  const revision = useQuery({
    ...revisionQuery(workflow?.id ?? "", workflow?.revision ?? 0),
    enabled: !!workflow && !!explanation?.tree,
  });
  const rule = revision.data?.trigger;
  const isKnown = !!event && rule !== undefined;
  const trial = flip && isKnown ? applyFlip(flip, visibleEvent(event), rule) : null;
  const decided = useQuery({
    queryKey: ["trial", event?.id, workflow, flip],
    queryFn: () => tryRule(trial?.rule, trial?.event ?? {}),
    enabled: !!trial,
    placeholderData: keepPreviousData,
  });
  return {
    trial,
    flip: trial && flip,
    decided: trial ? decided.data : undefined,
    error: trial ? decided.error : null,
    start: isKnown ? setFlip : undefined,
    reset: () => setFlip(null),
  };
}
