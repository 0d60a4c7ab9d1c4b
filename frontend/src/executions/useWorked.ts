/** How much of its time an execution worked, and how much it waited; only where its steps are few enough to be read. */

import { useInfiniteQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import type { WholeExecution } from "../api/executions";
import { rowsOf as loaded } from "../api/pages";
import { stepLinesQuery } from "../api/steps";
import { isTerminal } from "../status";
import { rowsOf, time, workedAndWaited } from "./bars";
import type { Followed } from "./useExecution";

/** Steps up to which they are all read, and the size of the page that the timeline reads too. */
const FEW = 200;
export const TIMELINE_PAGE = 1000;

export function useWorked(execution: WholeExecution, { nodes, steps }: Followed) {
  const from = time(execution.started_at);
  const to = time(execution.finished_at);
  const isAsked = isTerminal(execution.status) && from !== null && to !== null && steps > 0 && steps <= FEW;
  const { data } = useInfiniteQuery({ ...stepLinesQuery(execution.id, {}, TIMELINE_PAGE), enabled: isAsked });
  return useMemo(() => {
    if (!isAsked || !data) return null;
    return workedAndWaited(rowsOf(nodes, loaded(data), to), { from, to });
  }, [isAsked, data, nodes, from, to]);
}
