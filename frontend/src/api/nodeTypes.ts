/** The node types of the deployment; they change only when it is updated. */

import { queryOptions } from "@tanstack/react-query";
import { getReservedKeys, listNodeTypes } from "../client/sdk.gen";
import type { NodeType } from "../client/types.gen";
import { body } from "./http";

export type { NodeType };

export function nodeTypesQuery() {
  return queryOptions({
    queryKey: ["nodeTypes"],
    queryFn: ({ signal }) => body(listNodeTypes({ signal })),
    staleTime: Number.POSITIVE_INFINITY,
    select: byType,
  });
}

function byType(types: NodeType[]): Map<string, NodeType> {
  return new Map(types.map((each) => [each.type, each]));
}

/** The JSON Schema of the keys that every node has. */
export function reservedKeysQuery() {
  return queryOptions({
    queryKey: ["reservedKeys"],
    queryFn: ({ signal }) => body(getReservedKeys({ signal })),
    staleTime: Number.POSITIVE_INFINITY,
  });
}
