/** What a backtest has found so far: its progress, its sets, and what can be done with them. */

import { Group, Progress, Stack, Text } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { Square } from "lucide-react";
import { type Backtest, type EventSet, isUnderWay, stopBacktest } from "../api/backtests";
import { Notice } from "../ui/Notice";
import { Problem } from "../ui/Problem";
import { absoluteText } from "../ui/time";
import { WriteButton } from "../ui/WriteButton";
import { Clauses } from "./Clauses";
import { Consequences } from "./Consequences";
import { FireButton } from "./FireDialog";
import { Histogram } from "./Histogram";
import { Samples } from "./Samples";
import { summaryOf } from "./summary";
import { Tiles } from "./Tiles";

interface ResultProps {
  backtest: Backtest;
  set: EventSet;
  onSet: (set: EventSet) => void;
  onForget: () => void;
}

export function Result({ backtest, set, onSet, onForget }: ResultProps) {
  const { from, to, progress, error } = backtest;
  const isEmpty = backtest.status === "COMPLETED" && progress.total === 0;
  return (
    <Stack gap="lg" component="section" aria-label="Result">
      <ProgressLine backtest={backtest} onForget={onForget} />
      {error && (
        <Notice tone="failure" title="It failed">
          {error}
        </Notice>
      )}
      {isEmpty && (
        <Text className="panel" p="md">
          No event was received between {absoluteText(new Date(from))} and {absoluteText(new Date(to))}.
        </Text>
      )}
      {!isEmpty && (
        <>
          <Tiles backtest={backtest} set={set} onSet={onSet} />
          {backtest.buckets.length > 0 && <Histogram backtest={backtest} />}
          <div className="backtest-columns">
            <Samples backtest={backtest} set={set} />
            <Stack gap="lg" style={{ minWidth: 0 }}>
              <Clauses clauses={backtest.clauses} total={progress.done} />
              <Consequences backtest={backtest} />
            </Stack>
          </div>
        </>
      )}
    </Stack>
  );
}

function ProgressLine({ backtest, onForget }: { backtest: Backtest; onForget: () => void }) {
  const { done, total } = backtest.progress;
  const stopping = useMutation({ mutationFn: () => stopBacktest(backtest.id), onSuccess: onForget });
  if (stopping.error) return <Problem error={stopping.error} onRetry={stopping.reset} />;
  if (!isUnderWay(backtest)) {
    return (
      <Group justify="space-between" gap="sm">
        <Text role="status">{summaryOf(backtest)}</Text>
        {backtest.workflow_id && backtest.status === "COMPLETED" && <FireButton backtest={backtest} />}
      </Group>
    );
  }
  const percent = total ? (100 * done) / total : 0;
  return (
    <Group gap="md" wrap="nowrap">
      <Progress
        value={percent}
        aria-label="Events evaluated"
        style={{ flex: 1 }}
        animated={backtest.status === "RUNNING"}
      />
      <Text size="sm" role="status" style={{ whiteSpace: "nowrap" }}>
        {total ? `${done.toLocaleString()} of ${total.toLocaleString()} events` : "Waiting for a worker"}
      </Text>
      <WriteButton
        size="compact-sm"
        variant="default"
        leftSection={<Square size={12} />}
        loading={stopping.isPending}
        onClick={() => stopping.mutate()}
      >
        Stop
      </WriteButton>
    </Group>
  );
}
