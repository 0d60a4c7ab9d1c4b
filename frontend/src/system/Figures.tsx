/** The fleet in numbers: what waits for a worker, what runs, what is due soon, and what the timekeeper did. */

import { SimpleGrid, Text } from "@mantine/core";
import type { ReactNode } from "react";
import type { System } from "../api/system";
import { Bars } from "../ui/Bars";
import { Duration, Time } from "../ui/Time";
import { countText, manyText } from "./counts";

export function Figures({ system }: { system: System }) {
  const { timers, timekeeper } = system;
  return (
    <SimpleGrid cols={{ base: 1, xs: 2, lg: 4 }}>
      <Figure name="Waiting for a worker" value={countText(system.ready_steps + system.pending_executions)}>
        <Waiting system={system} />
      </Figure>
      <Figure name="Steps that run now" value={countText(system.running_steps)}>
        on {manyText(system.workers.filter((worker) => worker.is_alive).length, "worker")}
      </Figure>
      <Figure name="Timers due in the next hour" value={countText(timers.reduce((a, b) => a + b, 0))}>
        <Bars values={timers} label="Timers in each part of the next hour" />
        <div className="figure-ends" aria-hidden>
          <span>now</span>
          <span>in 1 h</span>
        </div>
      </Figure>
      <Figure name="Last pass of the timekeeper" value={<Time at={timekeeper.passed_at} />}>
        {timekeeper.rescued === 0 ? (
          "It found nothing abandoned or lost."
        ) : (
          <>
            It woke {countText(timekeeper.rescued)} again that {timekeeper.rescued === 1 ? "was" : "were"} abandoned or
            lost, the last <Time at={timekeeper.rescued_at} />.
          </>
        )}
      </Figure>
    </SimpleGrid>
  );
}

function Waiting({ system }: { system: System }) {
  const oldest = system.queues
    .map((queue) => queue.oldest_at ?? "")
    .filter(Boolean)
    .sort()[0];
  if (!oldest) return "Everything that is ready is taken.";
  return (
    <>
      {manyText(system.ready_steps, "step")}, {manyText(system.pending_executions, "execution")}; the oldest for{" "}
      <Duration from={oldest} to={null} />
    </>
  );
}

function Figure({ name, value, children }: { name: string; value: ReactNode; children: ReactNode }) {
  return (
    <div className="panel figure">
      <Text size="sm" className="quiet">
        {name}
      </Text>
      <Text className="figure-value" component="div">
        {value}
      </Text>
      <Text size="sm" component="div" className="quiet">
        {children}
      </Text>
    </div>
  );
}
