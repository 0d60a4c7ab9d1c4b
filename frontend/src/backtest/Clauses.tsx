/** Which clause of the rule decides: how many events pass each, and how many fail by it alone. */

import { Badge, Table, Text, Title } from "@mantine/core";
import type { ClauseCountsRead } from "../client/types.gen";
import { Words } from "../ui/Words";

export function Clauses({ clauses, total }: { clauses: ClauseCountsRead[]; total: number }) {
  if (clauses.length === 0) return null;
  const most = Math.max(...clauses.map((clause) => clause.failed_alone));
  return (
    <section>
      <Title order={2} mb="xs">
        Which clause decides
      </Title>
      <Text size="sm" className="quiet" mb="xs">
        Events that pass each clause, and events that fail because of it alone.
      </Text>
      <div className="panel clauses">
        <Table aria-label="Clauses of the rule" horizontalSpacing="md" verticalSpacing={8}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Clause</Table.Th>
              <Table.Th ta="right">Passed</Table.Th>
              <Table.Th ta="right">Fails alone</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {clauses.map((clause) => (
              <Table.Tr key={clause.pointer}>
                <Table.Td style={{ overflowWrap: "anywhere" }}>
                  <Words text={clause.words} />
                  {clause.never_true && total > 0 && (
                    <Badge size="sm" variant="outline" ml={8} className="near">
                      never true
                    </Badge>
                  )}
                </Table.Td>
                <Table.Td ta="right">{clause.passed.toLocaleString()}</Table.Td>
                <Table.Td ta="right" fw={most > 0 && clause.failed_alone === most ? 650 : undefined}>
                  {clause.failed_alone.toLocaleString()}
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </div>
    </section>
  );
}
