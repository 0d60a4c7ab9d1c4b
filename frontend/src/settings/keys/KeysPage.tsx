/** The list of API keys, and the drawers that create one and show one. */

import { Button, Drawer } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { Plus } from "lucide-react";
import { useState } from "react";
import { type Key, keysQuery } from "../../api/keys";
import { rowsOf } from "../../api/pages";
import { useShortcut } from "../../shell/shortcuts";
import { Empty } from "../../ui/Empty";
import { Page } from "../../ui/Page";
import type { Column } from "../../ui/Rows";
import { Time } from "../../ui/Time";
import { Listing } from "../Listing";
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
  const [isNew, setNew] = useState(false);
  const list = useInfiniteQuery(keysQuery());
  const rows = list.data && rowsOf(list.data);
  useShortcut("n", "Create a key", () => setNew(true), "Settings");
  const create = (
    <Button leftSection={<Plus size={15} />} onClick={() => setNew(true)}>
      New key
    </Button>
  );
  return (
    <Page title="Keys" actions={create}>
      <Drawer
        opened={isNew}
        onClose={() => setNew(false)}
        closeOnClickOutside={false}
        position="right"
        size="lg"
        title="New key"
      >
        {isNew && <NewKey onClose={() => setNew(false)} />}
      </Drawer>
      <KeyDrawer
        apiKey={rows?.find((row) => row.id === open)}
        onClose={() => void navigate({ search: (old) => ({ ...old, open: undefined }), replace: true })}
      />
      <Listing
        label="Keys"
        list={list}
        rows={rows}
        columns={COLUMNS}
        idOf={(row) => row.id}
        linkOf={(row, content) => (
          <Link to="/settings/keys" search={{ open: row.id }} className="row-link">
            {content}
          </Link>
        )}
        empty={
          <Empty
            title="No key yet"
            action={create}
            request={{ path: "/keys", body: { name: "ci", scopes: ["workflows:write"] } }}
          >
            A key is for a program, or for a person who signs in here. Its scopes say what it may do.
          </Empty>
        }
      />
    </Page>
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
