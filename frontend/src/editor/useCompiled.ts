/** What the server says about the draft: its graph, its problems; and a sketch of it while there is no graph. */

import { useDebouncedValue } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { useMemo, useRef } from "react";
import { compiledQuery } from "../api/definitions";
import type { GraphRead, ProblemRead } from "../client/types.gen";
import { type Definition, documentKey } from "../graph/document";
import { withExitsOfCases } from "../graph/implied";
import { sketchOf } from "../graph/sketch";
import { withUnreached } from "../graph/unreached";

/** Milliseconds of quiet after which the server is asked. */
const QUIET = 250;
const NONE: ProblemRead[] = [];

export interface CompiledState {
  /** Null: it is not known yet. */
  graph: GraphRead | null;
  errors: ProblemRead[];
  warnings: ProblemRead[];
  error: Error | null;
  retry: () => void;
}

export function useCompiled(workflowId: string, kind: string, definition: Definition): CompiledState {
  const [settled] = useDebouncedValue(definition, QUIET, { leading: true });
  const { data, error, refetch } = useQuery(compiledQuery(settled, workflowId));
  const last = useRef<GraphRead | null>(null);
  if (data?.graph) last.current = data.graph;
  const latest = useRef(definition);
  latest.current = definition;
  // With each answer only: an edit in between is not compiled yet.
  const compiled = useMemo(
    () => (data?.graph ? withUnreached(withExitsOfCases(data.graph), latest.current) : null),
    [data],
  );
  const graph = useMemo(() => {
    if (!data) return null;
    if (compiled) return compiled;
    return documentKey(kind) === "graph" ? sketchOf(definition, last.current) : last.current;
  }, [data, compiled, kind, definition]);
  const { errors = NONE, warnings = NONE } = data ?? {};
  return { graph, errors, warnings, error: data ? null : error, retry: refetch };
}
