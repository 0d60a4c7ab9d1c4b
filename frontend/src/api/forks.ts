/** Forks: executions that keep the steps before one of another execution, and run the rest again. */

import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { forkExecution } from "../client/sdk.gen";
import type { ForkExecutionData, ForkRead, ResultRead } from "../client/types.gen";
import { body } from "./http";

export type ForkRequest = ForkExecutionData["body"];
export type ForkPlan = ForkRead;

/** What a fork would keep and run again; nothing is started. */
export function forkPlanQuery(executionId: string, request: ForkRequest) {
  return queryOptions({
    queryKey: ["forkPlan", executionId, request],
    queryFn: async ({ signal }): Promise<ForkPlan> => {
      const given = { ...request, dry_run: true };
      return (await body(forkExecution({ path: { execution_id: executionId }, body: given, signal }))) as ForkPlan;
    },
    placeholderData: keepPreviousData,
    staleTime: 0,
    gcTime: 0,
  });
}

export async function fork(executionId: string, request: ForkRequest): Promise<ResultRead> {
  return (await body(forkExecution({ path: { execution_id: executionId }, body: request }))) as ResultRead;
}
