/** A list in its states: an error, loading, nothing yet, rows. */

import type { ReactNode } from "react";
import { Loading } from "../ui/Loading";
import { Problem } from "../ui/Problem";
import { type Column, Rows } from "../ui/Rows";

/** The part of a query that a list needs; the last three only of one with pages. */
interface Asked {
  error: unknown;
  isPending: boolean;
  refetch: () => unknown;
  hasNextPage?: boolean;
  isFetchingNextPage?: boolean;
  fetchNextPage?: () => unknown;
}

export interface ListingProps<Row> {
  label: string;
  list: Asked;
  /** Undefined before the first answer. */
  rows: Row[] | undefined;
  columns: Column<Row>[];
  idOf: (row: Row) => string;
  linkOf: (row: Row, content: ReactNode) => ReactNode;
  filterKey?: string;
  empty: ReactNode;
}

export function Listing<Row>({ list, rows, empty, ...given }: ListingProps<Row>) {
  if (list.error && !rows) return <Problem error={list.error} onRetry={() => void list.refetch()} />;
  if (!rows || list.isPending) return <Loading lines={6} />;
  if (rows.length === 0 && !list.hasNextPage) return empty;
  return (
    <Rows
      {...given}
      rows={rows}
      hasMore={list.hasNextPage}
      isLoadingMore={list.isFetchingNextPage}
      onMore={() => void list.fetchNextPage?.()}
    />
  );
}
