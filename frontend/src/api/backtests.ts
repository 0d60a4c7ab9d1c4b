/** What the studio asks about backtests: rules that are tried on the events of the past. */

import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { createBacktest, deleteBacktest, fireBacktest, getBacktest, listBacktestEvents } from "../client/sdk.gen";
import type { BacktestRead, CreateBacktestData, EventRead, FireRead } from "../client/types.gen";
import { writeJson } from "../graph/exact";
import { body } from "./http";
import { EVERY, every } from "./live";
import { PAGE, pagedOptions } from "./pages";

export type Backtest = BacktestRead;
export type NewBacktest = CreateBacktestData["body"];
export type EventSet = keyof BacktestRead["counts"];

/** True while workers evaluate it. */
export function isUnderWay(backtest: Pick<Backtest, "status"> | undefined): boolean {
  return backtest?.status === "PENDING" || backtest?.status === "RUNNING";
}

export function backtestQuery(id: string) {
  return queryOptions({
    queryKey: ["backtest", id],
    queryFn: ({ signal }) => body(getBacktest({ path: { backtest_id: id }, signal })),
    refetchInterval: (query) => isUnderWay(query.state.data) && every(EVERY.afterAction)(query),
  });
}

/** The events of a set. They are asked for again once the backtest has ended. */
export function backtestEventsQuery(backtest: Backtest, set: EventSet) {
  const { id } = backtest;
  const options = pagedOptions<EventRead>(["backtestEvents", id, set, isUnderWay(backtest)], (cursor, signal) =>
    listBacktestEvents({ path: { backtest_id: id }, query: { set, limit: PAGE, cursor }, signal }),
  );
  const { refetchInterval } = options;
  return {
    ...options,
    placeholderData: keepPreviousData,
    refetchInterval: isUnderWay(backtest) ? refetchInterval : (false as const),
  };
}

export function startBacktest(given: NewBacktest): Promise<Backtest> {
  return body(createBacktest({ body: given, bodySerializer: (given) => writeJson(given) }));
}

/** Stop a backtest and forget it. */
export function stopBacktest(id: string): Promise<unknown> {
  return body(deleteBacktest({ path: { backtest_id: id } }));
}

export interface Fire {
  set: EventSet;
  limit: number;
  /** Starts in a time, such as 10/s; null: all at once. */
  pace: string | null;
}

/** What firing would start; nothing is started. */
export function firePreviewQuery(id: string, { set, limit }: Pick<Fire, "set" | "limit">) {
  return queryOptions({
    queryKey: ["firePreview", id, set, limit],
    queryFn: ({ signal }) => body(fireBacktest({ path: { backtest_id: id }, body: { set, limit }, signal })),
    staleTime: 0,
    gcTime: 0,
  });
}

export function fire(id: string, given: Fire): Promise<FireRead> {
  return body(fireBacktest({ path: { backtest_id: id }, body: { ...given, dry_run: false } }));
}
