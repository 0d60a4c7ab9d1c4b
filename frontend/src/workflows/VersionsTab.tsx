/** The versions of a workflow: what each changed, two of them compared, and one made current again. */

import { Badge, Button, Checkbox, Group, Stack, Table } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import type { Saved } from "../api/definitions";
import { useMay } from "../api/me";
import { rowsOf } from "../api/pages";
import { type VersionLine, versionsQuery } from "../api/versions";
import { changeText } from "../graph/diff";
import { Loading } from "../ui/Loading";
import { Problem } from "../ui/Problem";
import { Time } from "../ui/Time";
import { choosePair, pairOf } from "./pair";
import { RestoreButton } from "./RestoreButton";
import { VersionDiff } from "./VersionDiff";
import "./versions.css";

const route = getRouteApi("/workflows/$workflowId");

export default function VersionsTab({ saved }: { saved: Saved }) {
  const { id } = saved.workflow;
  const { a, b } = route.useSearch();
  const navigate = route.useNavigate();
  const list = useInfiniteQuery(versionsQuery(id));
  const rows = rowsOf(list.data);
  if (list.error && !list.data) return <Problem error={list.error} onRetry={list.refetch} />;
  if (!list.data) return <Loading lines={5} />;
  const pair = pairOf(
    { a, b },
    rows.map((row) => row.version),
  );
  const choose = (version: number) =>
    navigate({ search: (old) => ({ ...old, ...choosePair(pair, version) }), replace: true });
  return (
    <Stack gap="lg">
      <Versions rows={rows} chosen={pair} saved={saved} onChoose={choose} />
      {list.hasNextPage && (
        <Group justify="center">
          <Button size="xs" variant="default" loading={list.isFetchingNextPage} onClick={() => list.fetchNextPage()}>
            Load more
          </Button>
        </Group>
      )}
      {pair.length === 2 && <VersionDiff saved={saved} before={pair[0] as number} after={pair[1] as number} />}
    </Stack>
  );
}

interface VersionsProps {
  rows: VersionLine[];
  chosen: number[];
  saved: Saved;
  onChoose: (version: number) => void;
}

function Versions({ rows, chosen, saved, onChoose }: VersionsProps) {
  const may = useMay();
  const isChoice = rows.length > 1;
  return (
    <div className="panel rows">
      <Table aria-label="Versions" horizontalSpacing="md" verticalSpacing={8}>
        <Table.Thead>
          <Table.Tr>
            {isChoice && <Table.Th w={92}>Compare</Table.Th>}
            <Table.Th w={124}>Version</Table.Th>
            <Table.Th>What changed</Table.Th>
            <Table.Th w={110} data-from="tablet">
              Saved
            </Table.Th>
            <Table.Th w={130} data-from="desktop">
              By
            </Table.Th>
            <Table.Th w={252} data-from="tablet">
              <span className="visually-hidden">Make it current</span>
            </Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map((row) => (
            <Table.Tr key={row.version}>
              {isChoice && (
                <Table.Td>
                  <Checkbox
                    aria-label={`Compare version ${row.version}`}
                    checked={chosen.includes(row.version)}
                    onChange={() => onChoose(row.version)}
                  />
                </Table.Td>
              )}
              <Table.Td>
                <Group gap="xs" wrap="nowrap">
                  {row.version}
                  {row.is_current && (
                    <Badge size="sm" variant="outline" color="gray">
                      Current
                    </Badge>
                  )}
                </Group>
              </Table.Td>
              <Table.Td title={row.changes ? changeText(row.changes) : undefined}>
                {row.changes ? changeText(row.changes) : <span className="quiet">The first version</span>}
              </Table.Td>
              <Table.Td data-from="tablet">
                <Time at={row.at} />
              </Table.Td>
              <Table.Td data-from="desktop">{row.by ?? <span className="quiet">–</span>}</Table.Td>
              <Table.Td data-from="tablet">
                {!row.is_current && may("workflows:write") && <RestoreButton version={row.version} saved={saved} />}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </div>
  );
}
