/** What the studio asks about the last hour. */

import { queryOptions } from "@tanstack/react-query";
import { getOverview } from "../client/sdk.gen";
import type { OverviewRead } from "../client/types.gen";
import { body } from "./http";
import { EVERY, every } from "./live";

export type Overview = OverviewRead;

export function overviewQuery() {
  return queryOptions({
    queryKey: ["overview"],
    queryFn: ({ signal }) => body(getOverview({ signal })),
    refetchInterval: every(EVERY.counts),
  });
}
