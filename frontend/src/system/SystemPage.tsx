/** The fleet: its parts, its workers and queues, and what waits for them. */

import { Group, SimpleGrid, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Check, TriangleAlert } from "lucide-react";
import { type System, systemQuery } from "../api/system";
import { Loading } from "../ui/Loading";
import { Page } from "../ui/Page";
import { Problem } from "../ui/Problem";
import { Figures } from "./Figures";
import { Queues } from "./Queues";
import { Versions } from "./Versions";
import { Workers } from "./Workers";
import "../ui/rows.css";
import "./system.css";

const NAMES: Record<string, string> = {
  redis: "Redis",
  postgres: "Postgres",
  orchestrator: "Orchestrator",
  workers: "Workers",
};

export function SystemPage() {
  const { data, error, refetch } = useQuery(systemQuery());
  return (
    <Page title="System">
      {error && !data && <Problem error={error} onRetry={refetch} />}
      {!error && !data && <Loading lines={4} height={110} />}
      {data && (
        <Stack gap="lg">
          <Parts services={data.health.services} />
          <Figures system={data} />
          <Workers workers={data.workers} />
          <Queues queues={data.queues} />
          <Versions system={data} />
        </Stack>
      )}
    </Page>
  );
}

function Parts({ services }: { services: System["health"]["services"] }) {
  return (
    <SimpleGrid cols={{ base: 2, md: 4 }}>
      {Object.entries(services).map(([name, state]) => {
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
