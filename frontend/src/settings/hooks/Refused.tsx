/** The newest deliveries that a hook refused, each with its reason in full. */

import { Table } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { refusedQuery } from "../../api/hooks";
import { Empty } from "../../ui/Empty";
import { Loading } from "../../ui/Loading";
import { Problem } from "../../ui/Problem";
import "../../ui/rows.css";
import { Time } from "../../ui/Time";
import { Words } from "../../ui/Words";

export function Refused({ name }: { name: string }) {
  const { data, error, refetch } = useQuery(refusedQuery(name));
  if (error && !data) return <Problem error={error} onRetry={refetch} />;
  if (!data) return <Loading lines={3} />;
  if (data.length === 0) return <Empty title="None">A delivery that proves nothing would be listed here.</Empty>;
  return (
    <div className="panel rows">
      <Table aria-label="Refused deliveries" horizontalSpacing="md" verticalSpacing={9}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Reason</Table.Th>
            <Table.Th data-from="tablet" w={200}>
              Id of the sender
            </Table.Th>
            <Table.Th data-from="desktop" w={150}>
              Address
            </Table.Th>
            <Table.Th w={104}>Received</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {data.map((row, index) => (
            <Table.Tr key={`${row.at} ${row.delivery_id} ${index}`} style={{ verticalAlign: "top" }}>
              <Table.Td className="wraps">
                <Words text={row.reason} />
              </Table.Td>
              <Table.Td data-from="tablet" className="mono wraps">
                <bdi>{row.delivery_id ?? "–"}</bdi>
              </Table.Td>
              <Table.Td data-from="desktop" className="mono">
                {row.address ?? "–"}
              </Table.Td>
              <Table.Td>
                <Time at={row.at} />
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </div>
  );
}
