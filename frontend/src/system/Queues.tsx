/** The queues: how many workers consume each, and what waits in it. */

import { Table, Title } from "@mantine/core";
import type { System } from "../api/system";
import { Duration } from "../ui/Time";
import { countText } from "./counts";

export function Queues({ queues }: { queues: System["queues"] }) {
  return (
    <section>
      <Title order={2} mb="xs">
        Queues
      </Title>
      <div className="panel rows">
        <Table aria-label="Queues" horizontalSpacing="md" verticalSpacing={9}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Name</Table.Th>
              <Table.Th w={86}>Workers</Table.Th>
              <Table.Th w={112}>Ready steps</Table.Th>
              <Table.Th data-from="tablet" w={200}>
                Executions not begun
              </Table.Th>
              <Table.Th w={116}>Oldest waits</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {queues.map((queue) => (
              <Table.Tr key={queue.name}>
                <Table.Td>{queue.name}</Table.Td>
                <Table.Td data-bad={(queue.workers === 0 && queue.oldest_at !== null) || undefined}>
                  {queue.workers || "none"}
                </Table.Td>
                <Table.Td>{countText(queue.ready_steps)}</Table.Td>
                <Table.Td data-from="tablet">{countText(queue.pending_executions)}</Table.Td>
                <Table.Td>
                  <Duration from={queue.oldest_at} to={null} />
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </div>
    </section>
  );
}
