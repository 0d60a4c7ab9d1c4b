/** What people and keys did by hand, newest first, with filters in the URL. */

import { Drawer, Stack } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { auditQuery, type Entry } from "../../api/audit";
import { rowsOf } from "../../api/pages";
import { Id } from "../../ui/Copy";
import { Empty } from "../../ui/Empty";
import { Json } from "../../ui/Json";
import { Page } from "../../ui/Page";
import type { Column } from "../../ui/Rows";
import { Time } from "../../ui/Time";
import { absoluteText } from "../../ui/time";
import { Facts } from "../Facts";
import { Listing } from "../Listing";
import { AuditFilters } from "./AuditFilters";
import { type AuditSearch, filterOf } from "./filter";
import { deedOf, nameOf, pathOf } from "./things";

const route = getRouteApi("/settings/audit");

const COLUMNS: Column<Entry>[] = [
  {
    key: "deed",
    label: "Action",
    width: "34%",
    render: (row) => deedOf(row),
  },
  { key: "name", label: "Thing", render: (row) => <Thing entry={row} /> },
  { key: "actor", label: "By", width: "20%", from: "tablet", render: (row) => <bdi>{row.actor}</bdi> },
  {
    key: "address",
    label: "Address",
    width: "150px",
    from: "desktop",
    render: (row) => <span className="mono">{row.address ?? "–"}</span>,
  },
  { key: "at", label: "When", width: "104px", render: (row) => <Time at={row.at} /> },
];

export function AuditPage() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const filter = filterOf(search);
  const list = useInfiniteQuery(auditQuery(filter));
  const rows = list.data && rowsOf(list.data);
  const change = (part: AuditSearch) => void navigate({ search: (old) => ({ ...old, ...part }), replace: true });
  const isFiltered = Object.values(filter).some(Boolean);
  return (
    <Page title="Audit">
      <Stack gap="md">
        <AuditFilters search={search} onChange={(part) => change({ ...part, open: undefined })} />
        <EntryDrawer entry={rows?.find((row) => row.id === search.open)} onClose={() => change({ open: undefined })} />
        <Listing
          label="Audit"
          list={list}
          rows={rows}
          columns={COLUMNS}
          idOf={(row) => row.id}
          filterKey={JSON.stringify(filter)}
          linkOf={(row, content) => (
            <Link to="/settings/audit" search={{ ...search, open: row.id }} className="row-link">
              {content}
            </Link>
          )}
          empty={
            <Empty title={isFiltered ? "No such entry" : "No entry yet"} request={{ path: "/audit" }}>
              {isFiltered
                ? "Filters compare whole words. Choose others."
                : "What people and keys do by hand is listed here: saves, deletions, keys, decisions, commands."}
            </Empty>
          }
        />
      </Stack>
    </Page>
  );
}

function Thing({ entry }: { entry: Entry }) {
  const path = pathOf(entry);
  const name = <bdi>{nameOf(entry) || "–"}</bdi>;
  return path ? <Link to={path}>{name}</Link> : name;
}

function EntryDrawer({ entry, onClose }: { entry: Entry | undefined; onClose: () => void }) {
  return (
    <Drawer opened={!!entry} onClose={onClose} position="right" size="lg" title="Entry of the audit">
      {entry && (
        <Stack gap="md">
          <Facts
            of={[
              ["Action", deedOf(entry)],
              ["Thing", <Thing key="thing" entry={entry} />],
              ["Id", entry.thing_id && <Id id={entry.thing_id} />],
              ["By", <bdi key="by">{entry.actor}</bdi>],
              ["Address", entry.address],
              ["When", absoluteText(new Date(entry.at))],
            ]}
          />
          {entry.detail && <Json value={entry.detail} label="the details" />}
        </Stack>
      )}
    </Drawer>
  );
}
