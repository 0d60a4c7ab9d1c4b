/** The list of hooks, and the drawer that creates one. */

import { Button } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Plus } from "lucide-react";
import { useState } from "react";
import { type Hook, hooksQuery } from "../../api/hooks";
import { rowsOf } from "../../api/pages";
import { useShortcut } from "../../shell/shortcuts";
import { Copy } from "../../ui/Copy";
import { Empty } from "../../ui/Empty";
import { Page } from "../../ui/Page";
import type { Column } from "../../ui/Rows";
import { Time } from "../../ui/Time";
import { ActiveBadge } from "../ActiveBadge";
import { Listing } from "../Listing";
import { NewHook } from "./NewHook";
import { SCHEMES } from "./schemes";

const COLUMNS: Column<Hook>[] = [
  { key: "name", label: "Name", render: (row) => row.name },
  { key: "state", label: "State", width: "116px", render: (row) => <ActiveBadge isActive={row.is_active} /> },
  { key: "scheme", label: "Sender", width: "20%", from: "tablet", render: (row) => SCHEMES[row.scheme].label },
  { key: "url", label: "URL", width: "30%", from: "desktop", render: (row) => <Url url={row.url} /> },
  { key: "refused", label: "Refused", width: "92px", render: (row) => row.refused.toLocaleString("en") },
  { key: "at", label: "Changed", width: "104px", from: "tablet", render: (row) => <Time at={row.updated_at} /> },
];

export function HooksPage() {
  const [isNew, setNew] = useState(false);
  const list = useInfiniteQuery(hooksQuery());
  useShortcut("n", "Create a hook", () => setNew(true), "Settings");
  const create = (
    <Button leftSection={<Plus size={15} />} onClick={() => setNew(true)}>
      New hook
    </Button>
  );
  return (
    <Page title="Hooks" actions={create}>
      <NewHook isOpen={isNew} onClose={() => setNew(false)} />
      <Listing
        label="Hooks"
        list={list}
        rows={list.data && rowsOf(list.data)}
        columns={COLUMNS}
        idOf={(row) => row.id}
        linkOf={(row, content) => (
          <Link to="/settings/hooks/$name" params={{ name: row.name }} className="row-link">
            {content}
          </Link>
        )}
        empty={
          <Empty
            title="No hook yet"
            action={create}
            request={{ path: "/hooks", body: { name: "orders", scheme: "none" } }}
          >
            A hook is an address to which another system, such as GitHub or Stripe, delivers events. Each delivery is
            verified before it starts anything.
          </Empty>
        }
      />
    </Page>
  );
}

function Url({ url }: { url: string }) {
  return (
    <span className="mono" style={{ display: "flex", alignItems: "center", gap: 4 }}>
      <span className="cut">{url}</span>
      <Copy text={url} label="Copy the URL" />
    </span>
  );
}
