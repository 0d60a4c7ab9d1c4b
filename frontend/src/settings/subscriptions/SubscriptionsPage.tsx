/** The list of subscriptions, and the drawer that creates one. */

import { Button, Drawer } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { Plus } from "lucide-react";
import { useState } from "react";
import { rowsOf } from "../../api/pages";
import { type Subscription, subscriptionsQuery } from "../../api/subscriptions";
import type { SubscriptionCreated } from "../../client/types.gen";
import { useShortcut } from "../../shell/shortcuts";
import { Empty } from "../../ui/Empty";
import { Page } from "../../ui/Page";
import type { Column } from "../../ui/Rows";
import { Time } from "../../ui/Time";
import { ActiveBadge } from "../ActiveBadge";
import { Listing } from "../Listing";
import { Once } from "../Once";
import { SubscriptionForm } from "./SubscriptionForm";
import { shortType } from "./types";

const route = getRouteApi("/settings/subscriptions");

const COLUMNS: Column<Subscription>[] = [
  { key: "url", label: "URL", render: (row) => <bdi>{row.url}</bdi> },
  { key: "state", label: "State", width: "116px", render: (row) => <ActiveBadge isActive={row.is_active} /> },
  {
    key: "types",
    label: "Events",
    width: "34%",
    from: "tablet",
    render: (row) => <span title={row.types.join(", ")}>{row.types.map(shortType).join(", ")}</span>,
  },
  {
    key: "workflow",
    label: "Workflow",
    width: "112px",
    from: "desktop",
    render: (row) => (row.workflow_id ? "One" : "All"),
  },
  { key: "at", label: "Changed", width: "104px", from: "tablet", render: (row) => <Time at={row.updated_at} /> },
];

export function SubscriptionsPage() {
  const [isNew, setNew] = useState(false);
  const list = useInfiniteQuery(subscriptionsQuery());
  useShortcut("n", "Create a subscription", () => setNew(true), "Settings");
  const create = (
    <Button leftSection={<Plus size={15} />} onClick={() => setNew(true)}>
      New subscription
    </Button>
  );
  return (
    <Page title="Subscriptions" actions={create}>
      <Drawer
        opened={isNew}
        onClose={() => setNew(false)}
        closeOnClickOutside={false}
        position="right"
        size="lg"
        title="New subscription"
      >
        {isNew && <NewSubscription />}
      </Drawer>
      <Listing
        label="Subscriptions"
        list={list}
        rows={list.data && rowsOf(list.data)}
        columns={COLUMNS}
        idOf={(row) => row.id}
        linkOf={(row, content) => (
          <Link to="/settings/subscriptions/$subscriptionId" params={{ subscriptionId: row.id }} className="row-link">
            {content}
          </Link>
        )}
        empty={
          <Empty
            title="No subscription yet"
            action={create}
            request={{
              path: "/subscriptions",
              body: { url: "https://example.com/hook", types: ["trigraph.execution.failed"] },
            }}
          >
            A subscription posts signed events to a URL of yours when executions start, wait and end, and when people
            are asked or have decided.
          </Empty>
        }
      />
    </Page>
  );
}

function NewSubscription() {
  const navigate = route.useNavigate();
  const [created, setCreated] = useState<SubscriptionCreated | null>(null);
  const open = ({ id }: SubscriptionCreated) =>
    void navigate({ to: "/settings/subscriptions/$subscriptionId", params: { subscriptionId: id } });
  if (created?.secret) return <Once label="Signing secret" value={created.secret} onDone={() => open(created)} />;
  return <SubscriptionForm onDone={(answer) => (answer.secret ? setCreated(answer) : open(answer))} />;
}
