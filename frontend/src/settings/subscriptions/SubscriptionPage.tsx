/** One subscription and its deliveries. */

import { Alert, Button, Drawer, SegmentedControl, Stack, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { Pencil } from "lucide-react";
import { useState } from "react";
import { type DeliveryStatus, removeSubscription, type Subscription, subscriptionQuery } from "../../api/subscriptions";
import { Loading } from "../../ui/Loading";
import { MissingOrProblem } from "../../ui/Missing";
import { Page } from "../../ui/Page";
import { Time } from "../../ui/Time";
import { ActiveBadge } from "../ActiveBadge";
import { DeleteButton } from "../DeleteButton";
import { Facts } from "../Facts";
import { Deliveries } from "./Deliveries";
import { SubscriptionForm } from "./SubscriptionForm";

const route = getRouteApi("/settings/subscriptions/$subscriptionId");

const STATUSES = [
  { value: "all", label: "All" },
  { value: "pending", label: "Pending" },
  { value: "delivered", label: "Delivered" },
  { value: "dead", label: "Given up" },
];

export function SubscriptionPage() {
  const { subscriptionId } = route.useParams();
  const { status } = route.useSearch();
  const navigate = route.useNavigate();
  const { data, error, refetch } = useQuery(subscriptionQuery(subscriptionId));
  return (
    <Page
      title="Subscription"
      heading={<bdi style={{ overflowWrap: "anywhere" }}>{data?.url ?? "Subscription"}</bdi>}
      actions={data && <Actions subscription={data} />}
    >
      {error && !data && <MissingOrProblem kind="subscription" error={error} onRetry={refetch} />}
      {!error && !data && <Loading lines={6} />}
      {data && (
        <Stack gap="lg">
          {data.off_reason && (
            <Alert color="yellow" title="It is switched off">
              {data.off_reason}
            </Alert>
          )}
          <div className="panel" style={{ padding: 16 }}>
            <SubscriptionFacts subscription={data} />
          </div>
          <Stack gap="sm">
            <Title order={2}>Deliveries</Title>
            <SegmentedControl
              aria-label="Deliveries to show"
              size="xs"
              maw={420}
              data={STATUSES}
              value={status ?? "all"}
              onChange={(value) =>
                navigate({
                  search: (old) => ({
                    ...old,
                    delivery: undefined,
                    status: value === "all" ? undefined : (value as DeliveryStatus),
                  }),
                  replace: true,
                })
              }
            />
            <Deliveries subscriptionId={subscriptionId} status={status} />
          </Stack>
        </Stack>
      )}
    </Page>
  );
}

function SubscriptionFacts({ subscription }: { subscription: Subscription }) {
  const { workflow_id: workflowId } = subscription;
  return (
    <Facts
      of={[
        ["State", <ActiveBadge key="state" isActive={subscription.is_active} />],
        ["Events", subscription.types.join(", ")],
        [
          "Workflow",
          workflowId ? (
            <Link key="workflow" to="/workflows/$workflowId" params={{ workflowId }}>
              {workflowId}
            </Link>
          ) : (
            "All"
          ),
        ],
        ["Created", <Time key="created" at={subscription.created_at} />],
        ["Changed", <Time key="changed" at={subscription.updated_at} />],
      ]}
    />
  );
}

function Actions({ subscription }: { subscription: Subscription }) {
  const navigate = route.useNavigate();
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <Button variant="default" leftSection={<Pencil size={15} />} onClick={() => setOpen(true)}>
        Change
      </Button>
      <DeleteButton
        verb="Delete"
        thing="this subscription"
        remove={() => removeSubscription(subscription.id)}
        touched={["subscriptions"]}
        onDone={() => void navigate({ to: "/settings/subscriptions" })}
      >
        Nothing more is posted to its URL, and its deliveries are deleted too.
      </DeleteButton>
      <Drawer
        opened={isOpen}
        onClose={() => setOpen(false)}
        position="right"
        size="lg"
        title="Change this subscription"
      >
        {isOpen && <SubscriptionForm saved={subscription} onDone={() => setOpen(false)} />}
      </Drawer>
    </>
  );
}
