/** The overview: where to begin. */

import { useInfiniteQuery } from "@tanstack/react-query";
import { executionsQuery } from "../api/executions";
import { rowsOf } from "../api/pages";
import { ExecutionRows } from "../executions/ExecutionRows";
import { Loading } from "../ui/Loading";
import { Page } from "../ui/Page";
import { Problem } from "../ui/Problem";

export function OverviewPage() {
  const { data, error, refetch, isPending } = useInfiniteQuery(executionsQuery({}));
  return (
    <Page title="Overview">
      {error && !data && <Problem error={error} onRetry={refetch} />}
      {isPending && !error && <Loading />}
      {data && <ExecutionRows rows={rowsOf(data).slice(0, 10)} label="Newest executions" />}
    </Page>
  );
}
