/** What the rule would have meant for executions: how many would start, what they do, and which ones would be missing. */

import { Stack, Text, Title } from "@mantine/core";
import type { Backtest } from "../api/backtests";
import { lookOf } from "../status";
import { countText } from "./summary";

export function Consequences({ backtest }: { backtest: Backtest }) {
  const lines = linesOf(backtest);
  if (lines.length === 0) return null;
  return (
    <section>
      <Title order={2} mb="xs">
        What it would mean
      </Title>
      <Stack gap={6} className="panel" p="md">
        {lines.map((line) => (
          <Text key={line} size="sm">
            {line}
          </Text>
        ))}
      </Stack>
    </section>
  );
}

function linesOf({ executions, lost_executions, per_execution, workflow_id }: Backtest): string[] {
  const lines: string[] = [];
  if (workflow_id && executions.would_start !== null) {
    const limits = executions.would_start < executions.matches ? ", after its debounce, batch and rate limit" : "";
    lines.push(
      `${countText(executions.matches, "matched event")} would start ` +
        `${countText(executions.would_start, "execution")}${limits}.`,
    );
  }
  if (per_execution && per_execution.executions > 0) {
    lines.push(
      `One execution has ${countText(per_execution.steps, "step")}, ${per_execution.effects.toLocaleString()} of them ` +
        `with an effect outside (the median of the newest ${per_execution.executions.toLocaleString()}).`,
    );
  }
  const lost = Object.entries(lost_executions).filter(([, count]) => count > 0);
  if (lost.length > 0) {
    const states = lost.map(([status, count]) => `${count.toLocaleString()} ${lookOf(status).word.toLowerCase()}`);
    lines.push(
      `The events that are no longer matched started executions, which would be missing: ${states.join(", ")}.`,
    );
  }
  return lines;
}
