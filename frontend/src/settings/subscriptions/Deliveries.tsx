/** The deliveries of a subscription, each with what the receiver answered. */

import { useInfiniteQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { rowsOf } from "../../api/pages";
import { type Delivery, type DeliveryStatus, deliveriesQuery } from "../../api/subscriptions";
import { Empty } from "../../ui/Empty";
import type { Column } from "../../ui/Rows";
import { Time } from "../../ui/Time";
import { Listing } from "../Listing";
import { answerText } from "./answer";
import { DeliveryBadge } from "./DeliveryBadge";
import { DeliveryDrawer } from "./DeliveryDrawer";
import { SendAgain } from "./SendAgain";
import { shortType } from "./types";

const route = getRouteApi("/settings/subscriptions/$subscriptionId");

export function Deliveries({ subscriptionId, status }: { subscriptionId: string; status: DeliveryStatus | undefined }) {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const list = useInfiniteQuery(deliveriesQuery(subscriptionId, status));
  const rows = list.data && rowsOf(list.data);
  const columns: Column<Delivery>[] = [
    { key: "type", label: "Event", render: (row) => shortType(row.type) },
    { key: "status", label: "Status", width: "144px", render: (row) => <DeliveryBadge status={row.status} /> },
    { key: "answer", label: "Answer", width: "38%", from: "tablet", render: (row) => <bdi>{answerText(row)}</bdi> },
    { key: "attempts", label: "Attempts", width: "96px", from: "desktop", render: (row) => row.attempts },
    { key: "at", label: "Created", width: "104px", from: "tablet", render: (row) => <Time at={row.created_at} /> },
    {
      key: "again",
      label: "",
      name: "Send again",
      width: "128px",
      from: "tablet",
      render: (row) => <SendAgain subscriptionId={subscriptionId} delivery={row} />,
    },
  ];
  return (
    <>
      <DeliveryDrawer
        subscriptionId={subscriptionId}
        delivery={rows?.find((row) => row.id === search.delivery)}
        onClose={() => void navigate({ search: (old) => ({ ...old, delivery: undefined }), replace: true })}
      />
      <Listing
        label="Deliveries"
        list={list}
        rows={rows}
        columns={columns}
        idOf={(row) => row.id}
        filterKey={status ?? "all"}
        linkOf={(row, content) => (
          <Link
            to="/settings/subscriptions/$subscriptionId"
            params={{ subscriptionId }}
            search={{ ...search, delivery: row.id }}
            className="row-link"
          >
            {content}
          </Link>
        )}
        empty={
          <Empty title="No delivery">
            {status
              ? "None is in this state now."
              : "The next event of these types is delivered; delivered ones are listed for 7 days, those given up for 30."}
          </Empty>
        }
      />
    </>
  );
}
