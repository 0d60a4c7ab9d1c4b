/** The paths that recent events have, with how often they are seen and examples. */

import { queryOptions } from "@tanstack/react-query";
import { listFields } from "../client/sdk.gen";
import type { FieldRead } from "../client/types.gen";
import { body } from "./http";
import { EVERY } from "./live";

export type SeenField = FieldRead;

/** Paths that are read at once; a text that is typed asks for those that begin with it. */
const MOST = 500;

export function fieldsQuery(prefix = "") {
  return queryOptions({
    queryKey: ["fields", prefix],
    queryFn: ({ signal }) => body(listFields({ query: { prefix, limit: MOST }, signal })),
    staleTime: EVERY.longest,
    retry: false,
  });
}

/** True if there may be paths that the answer does not have. */
export function isCut(fields: SeenField[] | undefined): boolean {
  return fields?.length === MOST;
}
