/** The list of hooks, and the drawer that creates one. */

import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { type Hook, hooksQuery } from "../../api/hooks";
import { rowsOf } from "../../api/pages";
import { Copy } from "../../ui/Copy";
import type { Column } from "../../ui/Rows";
import { Time } from "../../ui/Time";
import { ActiveBadge } from "../ActiveBadge";
import { ListPage } from "../ListPage";
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
  const list = useInfiniteQuery(hooksQuery());
  return (
    <ListPage
      title="Hooks"
      noun="hook"
      about="A hook is an address to which another system, such as GitHub or Stripe, delivers events. Each delivery is verified before it starts anything."
      request={{ path: "/hooks", body: { name: "orders", scheme: "none" } }}
      form={() => <NewHook />}
      isKept
      list={list}
      rows={list.data && rowsOf(list.data)}
      columns={COLUMNS}
      idOf={(row) => row.id}
      linkOf={(row, content) => (
        <Link to="/settings/hooks/$name" params={{ name: row.name }} className="row-link">
          {content}
        </Link>
      )}
    />
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
