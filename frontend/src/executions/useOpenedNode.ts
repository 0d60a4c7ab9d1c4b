/** The steps of one node of a timeline that has too many for one line: a page of 100 at a time. */

import { useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";
import { type StepLine, stepLinesQuery } from "../api/steps";

/** Steps on a page. */
export const OPENED_PAGE = 100;

export interface OpenedNode {
  nodeId: string;
  steps: StepLine[];
  /** The number of the first step of the page, from 1. */
  first: number;
  /** Show the page before or after this one; null where there is none. */
  before: (() => void) | null;
  next: (() => void) | null;
}

/** The page of the node that is opened; null where none is, or until it is loaded. */
export function useOpenedNode(id: string, nodeId: string | undefined): OpenedNode | null {
  const [shown, setShown] = useState({ nodeId, page: 0 });
  const page = shown.nodeId === nodeId ? shown.page : 0;
  const list = useInfiniteQuery({
    ...stepLinesQuery(id, { node_id: nodeId }, OPENED_PAGE),
    enabled: nodeId !== undefined,
    placeholderData: undefined,
  });
  const pages = list.data?.pages ?? [];
  // While the next page is loaded, the last one that is there stays.
  const at = Math.min(page, pages.length - 1);
  const steps = pages[at]?.rows;
  if (nodeId === undefined || !steps) return null;
  const show = (next: number) => {
    setShown({ nodeId, page: next });
    if (next >= pages.length) void list.fetchNextPage();
  };
  const hasNext = at + 1 < pages.length || list.hasNextPage;
  return {
    nodeId,
    steps,
    first: at * OPENED_PAGE + 1,
    before: at > 0 ? () => show(at - 1) : null,
    next: hasNext && !list.isFetchingNextPage ? () => show(at + 1) : null,
  };
}
