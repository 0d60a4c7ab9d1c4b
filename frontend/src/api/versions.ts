/** What the studio asks about the versions of a workflow. */

import { queryOptions } from "@tanstack/react-query";
import { getVersion, listVersions, restoreVersion } from "../client/sdk.gen";
import type { VersionLineRead, VersionRead } from "../client/types.gen";
import { type Saved, savedOf } from "./definitions";
import { body } from "./http";
import { EVERY } from "./live";
import { pagedOptions } from "./pages";

export type VersionLine = VersionLineRead;
export type WholeVersion = VersionRead;

/** Versions on a page. */
const SOME = 20;

export function versionsQuery(workflowId: string) {
  return pagedOptions<VersionLine>(
    ["versions", workflowId],
    (cursor, signal) =>
      listVersions({
        path: { workflow_id: workflowId },
        query: { limit: SOME, cursor: cursor ? Number(cursor) : undefined },
        signal,
      }),
    EVERY.counts,
  );
}

/** One version, whole. Its definition never changes. */
export function versionQuery(workflowId: string, version: number) {
  return queryOptions({
    queryKey: ["version", workflowId, version],
    queryFn: ({ signal }) => body(getVersion({ path: { workflow_id: workflowId, version }, signal })),
    staleTime: Number.POSITIVE_INFINITY,
  });
}

/** Save an earlier version again as the newest one; ApiError 412 where somebody saved since. */
export async function makeCurrent(workflowId: string, version: number, etag: string): Promise<Saved> {
  const headers = { "If-Match": etag };
  return savedOf(await restoreVersion({ path: { workflow_id: workflowId, version }, headers, parseAs: "text" }));
}
