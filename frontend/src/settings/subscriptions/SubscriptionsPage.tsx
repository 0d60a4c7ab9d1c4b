/** The list of subscriptions, and the drawer that creates one. */

import { useInfiniteQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { useState } from "react";
import { rowsOf } from "../../api/pages";
import { type Subscription, subscriptionsQuery } from "../../api/subscriptions";
import type { SubscriptionCreated } from "../../client/types.gen";
import type { Column } from "../../ui/Rows";
import { Time } from "../../ui/Time";
import { ActiveBadge } from "../ActiveBadge";
import { ListPage } from "../ListPage";
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
  const list = useInfiniteQuery(subscriptionsQuery());
  return (
    <ListPage
      title="Subscriptions"
      noun="subscription"
      about="A subscription posts signed events to a URL of yours when executions start, wait and end, and when people are asked or have decided."
      request={{
        path: "/subscriptions",
        body: { url: "https://example.com/hook", types: ["trigraph.execution.failed"] },
      }}
      form={() => <NewSubscription />}
      isKept
      list={list}
      rows={list.data && rowsOf(list.data)}
      columns={COLUMNS}
      idOf={(row) => row.id}
      linkOf={(row, content) => (
        <Link to="/settings/subscriptions/$subscriptionId" params={{ subscriptionId: row.id }} className="row-link">
          {content}
        </Link>
      )}
    />
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
