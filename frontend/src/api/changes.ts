/** Following an execution: one conditional request now and then, and what it says goes into what is known already. */

import { type InfiniteData, type QueryClient, useQuery, useQueryClient } from "@tanstack/react-query";
import { client } from "../client/client.gen";
import type { ChangesRead, NodesRead } from "../client/types.gen";
import type { WholeExecution } from "./executions";
import { every, executionInterval } from "./live";
import type { PageOf } from "./pages";
import type { StepLine } from "./steps";

/** Pages of steps up to which they are read again when something has changed. */
const FEW_PAGES = 3;

/** Keep everything that is shown of an execution up to date until it has ended. */
export function useChanges(id: string, nodes: NodesRead | undefined): void {
  const queries = useQueryClient();
  const status = nodes?.status;
  useQuery({
    queryKey: ["changes", id],
    queryFn: async ({ signal }) => {
      const since = queries.getQueryData<number>(["seq", id]) ?? nodes?.seq ?? 0;
      const changes = await fetchChanges(id, since, signal);
      if (changes) {
        queries.setQueryData(["seq", id], changes.seq);
        applyChanges(queries, id, changes);
      }
      return changes?.seq ?? since;
    },
    enabled: nodes !== undefined,
    refetchInterval: (query) => {
      const interval = executionInterval(status);
      return interval && every(interval)(query);
    },
    staleTime: 0,
    gcTime: 0,
  });
}

/** What has changed since; null where nothing has. */
async function fetchChanges(id: string, since: number, signal: AbortSignal): Promise<ChangesRead | null> {
  const { data, error, response } = await client.get<ChangesRead, unknown>({
    url: "/executions/{execution_id}/changes",
    path: { execution_id: id },
    query: { since },
    signal,
    throwOnError: false,
  });
  if (response?.status === 304) return null;
  if (error !== undefined || data === undefined) throw error;
  return data as unknown as ChangesRead;
}

function applyChanges(queries: QueryClient, id: string, { execution, steps }: ChangesRead): void {
  queries.setQueryData<WholeExecution>(["execution", id], (old) => old && { ...old, ...execution });
  patchSteps(queries, id, steps);
  void queries.invalidateQueries({ queryKey: ["executionNodes", id] });
  void queries.invalidateQueries({ queryKey: ["execution", id] });
  void queries.invalidateQueries({ queryKey: ["executionWhy", id] });
  for (const step of steps) void queries.invalidateQueries({ queryKey: ["step", id, step.id] });
}

type Lines = InfiniteData<PageOf<StepLine>>;

/** Change the steps that are listed; short lists are read again, because they may have new ones. */
function patchSteps(queries: QueryClient, id: string, steps: ChangesRead["steps"]): void {
  const changed = new Map(steps.map((step) => [step.id, step]));
  for (const [key, known] of queries.getQueriesData<Lines>({ queryKey: ["stepLines", id] })) {
    if (!known) continue;
    queries.setQueryData<Lines>(key, patched(known, changed));
    if (known.pages.length <= FEW_PAGES) void queries.invalidateQueries({ queryKey: key, exact: true });
  }
}

export function patched(known: Lines, changed: Map<string, ChangesRead["steps"][number]>): Lines {
  const pages = known.pages.map((page) =>
    page.rows.some((row) => changed.has(row.id))
      ? { ...page, rows: page.rows.map((row) => ({ ...row, ...changed.get(row.id) })) }
      : page,
  );
  return { ...known, pages };
}
