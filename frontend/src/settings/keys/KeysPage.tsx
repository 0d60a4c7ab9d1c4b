/** The list of API keys, and the drawers that create one and show one. */

import { useInfiniteQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { useState } from "react";
import { type Key, keysQuery } from "../../api/keys";
import { rowsOf } from "../../api/pages";
import type { Column } from "../../ui/Rows";
import { Time } from "../../ui/Time";
import { ListPage } from "../ListPage";
import { Once } from "../Once";
import { KeyDrawer } from "./KeyDrawer";
import { KeyForm } from "./KeyForm";

const route = getRouteApi("/settings/keys");

const COLUMNS: Column<Key>[] = [
  { key: "name", label: "Name", render: (row) => <bdi>{row.name}</bdi> },
  { key: "prefix", label: "Begins with", width: "124px", render: (row) => <span className="mono">{row.prefix}…</span> },
  { key: "scopes", label: "Scopes", width: "38%", from: "tablet", render: (row) => row.scopes.join(", ") },
  {
    key: "expires",
    label: "Expires",
    width: "104px",
    from: "desktop",
    render: (row) => <Expiry at={row.expires_at} />,
  },
  { key: "used", label: "Last used", width: "104px", render: (row) => <Time at={row.last_used_at} /> },
];

export function KeysPage() {
  const { open } = route.useSearch();
  const navigate = route.useNavigate();
  const list = useInfiniteQuery(keysQuery());
  const rows = list.data && rowsOf(list.data);
  return (
    <ListPage
      title="Keys"
      noun="key"
      about="A key is for a program, or for a person who signs in here. Its scopes say what it may do."
      request={{ path: "/keys", body: { name: "ci", scopes: ["workflows:write"] } }}
      form={(close) => <NewKey onClose={close} />}
      isKept
      list={list}
      rows={rows}
      columns={COLUMNS}
      idOf={(row) => row.id}
      linkOf={(row, content) => (
        <Link to="/settings/keys" search={{ open: row.id }} className="row-link">
          {content}
        </Link>
      )}
    >
      <KeyDrawer
        apiKey={rows?.find((row) => row.id === open)}
        onClose={() => void navigate({ search: (old) => ({ ...old, open: undefined }), replace: true })}
      />
    </ListPage>
  );
}

function NewKey({ onClose }: { onClose: () => void }) {
  const [text, setText] = useState<string | null>(null);
  return text ? (
    <Once label="Key" value={text} onDone={onClose} />
  ) : (
    <KeyForm onDone={(created) => setText(created.key)} />
  );
}

export function Expiry({ at }: { at: string | null }) {
  return at ? <Time at={at} /> : <span className="quiet">Never</span>;
}
