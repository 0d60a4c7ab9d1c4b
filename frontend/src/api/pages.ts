/** Lists in pages: the `Link` header names the next one. */

import { type InfiniteData, infiniteQueryOptions, type QueryKey } from "@tanstack/react-query";
import { EVERY, every } from "./live";

export interface PageOf<Row> {
  rows: Row[];
  /** The cursor of the next page; null on the last one. */
  next: string | null;
}

type Ask<Row> = (cursor: string | undefined, signal: AbortSignal) => Promise<{ data?: Row[]; response?: Response }>;

/** Rows on a page. */
export const PAGE = 50;

/** The cursor in a `Link` header. */
export function nextCursor(link: string | null): string | null {
  const url = link?.match(/<([^>]*)>;\s*rel="next"/)?.[1];
  return url ? new URL(url, "http://any").searchParams.get("cursor") : null;
}

/** The options of a list that is loaded page by page, and asked for again the slower the more pages it has. */
export function pagedOptions<Row>(queryKey: QueryKey, ask: Ask<Row>, interval = EVERY.list) {
  return infiniteQueryOptions({
    queryKey,
    queryFn: async ({ pageParam, signal }): Promise<PageOf<Row>> => {
      const { data, response } = await ask(pageParam, signal);
      return { rows: data ?? [], next: nextCursor(response?.headers.get("Link") ?? null) };
    },
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last: PageOf<Row>) => last.next ?? undefined,
    refetchInterval: (query) => every(interval * Math.max(1, query.state.data?.pages.length ?? 1))(query),
  });
}

/** All rows that are loaded. */
export function rowsOf<Row>(data: InfiniteData<PageOf<Row>> | undefined): Row[] {
  return data?.pages.flatMap((page) => page.rows) ?? [];
}
