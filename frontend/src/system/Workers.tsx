/** The workers: their pools, how busy they are, what they consume, and when they were seen. */

import { Table, Text, Title } from "@mantine/core";
import type { System } from "../api/system";
import { Time } from "../ui/Time";

type Worker = System["workers"][number];

export function Workers({ workers }: { workers: Worker[] }) {
  return (
    <section>
      <Title order={2} mb="xs">
        Workers
      </Title>
      {workers.length === 0 ? (
        <Text className="quiet">
          No worker has been seen in the last hour. <code>make run</code> starts one, and so does docker compose.
        </Text>
      ) : (
        <div className="panel rows">
          <Table aria-label="Workers" horizontalSpacing="md" verticalSpacing={9}>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>Name</Table.Th>
                <Table.Th w={104}>State</Table.Th>
                <Table.Th data-from="tablet" w={130}>
                  Pool
                </Table.Th>
                <Table.Th data-from="tablet" w={100}>
                  Running
                </Table.Th>
                <Table.Th data-from="tablet">Queues</Table.Th>
                <Table.Th data-from="desktop" w={110}>
                  Node types
                </Table.Th>
                <Table.Th data-from="desktop" w={110}>
                  Started
                </Table.Th>
                <Table.Th w={100}>Last seen</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {workers.map((worker) => (
                <Row key={`${worker.name} ${worker.started_at}`} worker={worker} />
              ))}
            </Table.Tbody>
          </Table>
        </div>
      )}
    </section>
  );
}

function Row({ worker }: { worker: Worker }) {
  return (
    <Table.Tr data-dim={!worker.is_alive || undefined}>
      <Table.Td title={worker.name}>{worker.name}</Table.Td>
      <Table.Td>{worker.is_alive ? "Alive" : "Not heard of"}</Table.Td>
      <Table.Td data-from="tablet">{poolText(worker)}</Table.Td>
      <Table.Td data-from="tablet" title="Handlers that ran at its last heartbeat">
        {worker.busy ?? "–"}
      </Table.Td>
      <Table.Td data-from="tablet">{worker.queues.join(", ")}</Table.Td>
      <Table.Td data-from="desktop" title={worker.node_types.join(", ")}>
        {worker.node_types.length}
      </Table.Td>
      <Table.Td data-from="desktop">
        <Time at={worker.started_at} />
      </Table.Td>
      <Table.Td>
        <Time at={worker.last_seen_at} />
      </Table.Td>
    </Table.Tr>
  );
}

/** "prefork × 4": the kind of the pool, and its processes or threads. */
function poolText({ pool, slots }: Worker): string {
  return pool ? `${pool} × ${slots}` : "–";
}
