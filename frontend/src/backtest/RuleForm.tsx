/** The rule to try and the range of events, with the button that starts it. */

import { Button, Group, SegmentedControl, Stack, Text, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Play, RotateCcw } from "lucide-react";
import { useState } from "react";
import { type NewBacktest, startBacktest } from "../api/backtests";
import { noteAction } from "../api/live";
import { ApiError, statusOf } from "../api/problems";
import type { Message } from "../rules/marks";
import { RuleEditor } from "../rules/RuleEditor";
import { isSameJson } from "../ui/jsonText";
import { Problem } from "../ui/Problem";
import { WriteButton } from "../ui/WriteButton";
import { type Between, localText, RANGES, type RangeKind, rangeOf } from "./range";

const EXAMPLE = { ">": [{ var: "lead.score" }, 75] };

interface RuleFormProps {
  workflowId?: string;
  /** The rule to begin with. */
  rule: unknown;
  /** The current trigger of the workflow. */
  trigger: unknown;
  /** The range to begin with, and its moments. */
  range: RangeKind;
  between?: { from: string; to: string };
  onStart: (id: string, range: RangeKind) => void;
}

export function RuleForm({ workflowId, rule, trigger, onStart, ...first }: RuleFormProps) {
  const [written, setWritten] = useState<unknown>(rule ?? EXAMPLE);
  const [isReadable, setReadable] = useState(true);
  const [kind, setKind] = useState(first.range);
  const [between, setBetween] = useState<Between>(() => betweenOf(first.between));
  const queries = useQueryClient();
  const starting = useMutation({
    mutationFn: startBacktest,
    onSuccess: (backtest) => {
      noteAction();
      queries.setQueryData(["backtest", backtest.id], backtest);
      onStart(backtest.id, kind);
    },
  });
  const range = rangeOf(kind, between, new Date());
  const isCurrent = isReadable && isSameJson(written, trigger);
  const isRefused = statusOf(starting.error) === 422;
  const run = () => {
    if (!isReadable || "error" in range) return;
    const given: NewBacktest = { rule: written, ...range };
    starting.mutate(workflowId ? { ...given, workflow_id: workflowId } : given);
  };
  return (
    <Stack gap="md" className="panel" p="md" component="section" aria-label="Rule and range">
      <RuleEditor
        label="Rule"
        description="JSONLogic over the event, as in the trigger of a workflow. Ctrl Enter runs it."
        emptyText="There is no condition yet; without one no event matches."
        rule={written}
        problems={messagesOf(starting.error)}
        error={isRefused ? starting.error?.message : undefined}
        onChange={(next) => {
          setWritten(next);
          starting.reset();
        }}
        onReadable={setReadable}
        onSubmit={run}
      />
      <Group gap="sm" justify="space-between" align="flex-end">
        <Group gap="sm" align="flex-end">
          <SegmentedControl<RangeKind>
            aria-label="Range of events"
            size="xs"
            data={RANGES}
            value={kind}
            onChange={setKind}
          />
          {kind === "between" && <BetweenFields value={between} onChange={setBetween} />}
          <WriteButton
            leftSection={<Play size={14} />}
            size="xs"
            disabled={!isReadable || "error" in range}
            loading={starting.isPending}
            onClick={run}
          >
            Run
          </WriteButton>
          {"error" in range && (
            <Text size="xs" className="quiet">
              {range.error}
            </Text>
          )}
        </Group>
        {trigger != null && <Beside isCurrent={isCurrent} onReset={() => setWritten(trigger)} />}
      </Group>
      {starting.error && !isRefused && <Problem error={starting.error} />}
    </Stack>
  );
}

/** What the server says about parts of the rule, with their pointers in it. */
function messagesOf(error: Error | null): Message[] {
  if (!(error instanceof ApiError)) return [];
  return error.problems.flatMap(({ pointer, message }) =>
    pointer?.startsWith("/rule/") ? [{ pointer: pointer.slice("/rule".length), message }] : [],
  );
}

function betweenOf(first: RuleFormProps["between"]): Between {
  return { from: first ? localText(first.from) : "", to: first ? localText(first.to) : "" };
}

/** How the rule stands to the current trigger. */
function Beside({ isCurrent, onReset }: { isCurrent: boolean; onReset: () => void }) {
  if (isCurrent) {
    return (
      <Text size="xs" className="quiet">
        This is the current trigger: change it to see what would differ.
      </Text>
    );
  }
  return (
    <Button size="xs" variant="subtle" color="gray" leftSection={<RotateCcw size={14} />} onClick={onReset}>
      Current trigger
    </Button>
  );
}

function BetweenFields({ value, onChange }: { value: Between; onChange: (value: Between) => void }) {
  return (
    <>
      <TextInput
        type="datetime-local"
        size="xs"
        label="From"
        value={value.from}
        onChange={(event) => onChange({ ...value, from: event.currentTarget.value })}
      />
      <TextInput
        type="datetime-local"
        size="xs"
        label="To (empty: now)"
        value={value.to}
        onChange={(event) => onChange({ ...value, to: event.currentTarget.value })}
      />
    </>
  );
}
