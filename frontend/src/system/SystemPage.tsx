/** The fleet: its parts, its workers, and what waits for them. */

import { Group, SimpleGrid, Stack, Table, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Check, TriangleAlert } from "lucide-react";
import { type System, systemQuery } from "../api/system";
import { Bars } from "../ui/Bars";
import { Loading } from "../ui/Loading";
import { Page } from "../ui/Page";
import { Problem } from "../ui/Problem";
import { Time } from "../ui/Time";
import "./system.css";

export function SystemPage() {
  const { data, error, refetch } = useQuery(systemQuery());
  return (
    <Page title="System">
      {error && !data && <Problem error={error} onRetry={refetch} />}
      {!error && !data && <Loading lines={4} height={110} />}
      {data && <Content system={data} />}
    </Page>
  );
}

function Content({ system }: { system: System }) {
  return (
    <Stack gap="lg">
      <Parts system={system} />
      <SimpleGrid cols={{ base: 1, sm: 3 }}>
        <Figure name="Steps ready for a worker" value={countText(system.ready_steps)}>
          {system.oldest_ready_at ? (
            <>
              the oldest since <Time at={system.oldest_ready_at} />
            </>
          ) : (
            "none waits"
          )}
        </Figure>
        <Figure name="Steps that run now" value={countText(system.running_steps)}>
          {aliveText(system)}
        </Figure>
        <Figure name="Timers in the next hour" value={countText(system.timers.reduce((a, b) => a + b, 0))}>
          <Bars values={system.timers} label="Timers in each part of the next hour" />
        </Figure>
      </SimpleGrid>
      <Workers system={system} />
      <section>
        <Title order={2} mb="xs">
          Settings that differ from their defaults
        </Title>
        <Text size="sm" className="mono quiet">
          {system.settings.join(", ") || "None"}
        </Text>
      </section>
      <Text size="sm">
        Trigraph {system.health.version} · environment {system.environment} · <a href="/docs">the API</a>
      </Text>
    </Stack>
  );
}

function aliveText(system: System): string {
  const alive = system.workers.filter((worker) => worker.is_alive).length;
  return `on ${alive} worker${alive === 1 ? "" : "s"}`;
}

function countText(count: number): string {
  return count > 10_000 ? "10,000+" : count.toLocaleString("en");
}

function Parts({ system }: { system: System }) {
  return (
    <SimpleGrid cols={{ base: 2, md: 4 }}>
      {Object.entries(system.health.services).map(([name, state]) => {
        const isWell = state.startsWith("healthy");
        const Icon = isWell ? Check : TriangleAlert;
        return (
          <Group key={name} className="panel part" data-well={isWell || undefined} wrap="nowrap" gap="sm">
            <Icon size={18} aria-hidden />
            <div>
              <Text fw={600}>{NAMES[name] ?? name}</Text>
              <Text size="sm" className="quiet">
                {state}
              </Text>
            </div>
          </Group>
        );
      })}
    </SimpleGrid>
  );
}

const NAMES: Record<string, string> = {
  redis: "Redis",
  postgres: "Postgres",
  orchestrator: "Orchestrator",
  workers: "Workers",
};

function Figure({ name, value, children }: { name: string; value: string; children: React.ReactNode }) {
  return (
    <div className="panel figure">
      <Text size="sm" className="quiet">
        {name}
      </Text>
      <Text className="figure-value">{value}</Text>
      <Text size="sm" component="div" className="quiet">
        {children}
      </Text>
    </div>
  );
}

function Workers({ system }: { system: System }) {
  return (
    <section>
      <Title order={2} mb="xs">
        Workers
      </Title>
      {system.workers.length === 0 ? (
        <Text className="quiet">No worker has been seen. `make run` starts one, and so does docker compose.</Text>
      ) : (
        <div className="panel rows">
          <Table aria-label="Workers" horizontalSpacing="md" verticalSpacing={9}>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>Name</Table.Th>
                <Table.Th w={110}>State</Table.Th>
                <Table.Th data-from="tablet">Queues</Table.Th>
                <Table.Th data-from="desktop" w={120}>
                  Node types
                </Table.Th>
                <Table.Th data-from="tablet" w={120}>
                  Started
                </Table.Th>
                <Table.Th w={110}>Last seen</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {system.workers.map((worker) => (
                <Table.Tr key={`${worker.name} ${worker.started_at}`} data-dim={!worker.is_alive || undefined}>
                  <Table.Td>{worker.name}</Table.Td>
                  <Table.Td>{worker.is_alive ? "Alive" : "Not heard of"}</Table.Td>
                  <Table.Td data-from="tablet">{worker.queues.join(", ")}</Table.Td>
                  <Table.Td data-from="desktop" title={worker.node_types.join(", ")}>
                    {worker.node_types.length}
                  </Table.Td>
                  <Table.Td data-from="tablet">
                    <Time at={worker.started_at} />
                  </Table.Td>
                  <Table.Td>
                    <Time at={worker.last_seen_at} />
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </div>
      )}
    </section>
  );
}
