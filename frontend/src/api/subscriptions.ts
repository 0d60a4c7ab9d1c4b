/** What the studio asks about subscriptions and their deliveries. */

import { queryOptions } from "@tanstack/react-query";
import {
  createSubscription,
  deleteSubscription,
  getSubscription,
  listDeliveries,
  listSubscriptions,
  redeliver,
  replaceSubscription,
} from "../client/sdk.gen";
import type {
  CreateSubscriptionData,
  DeliveryRead,
  DeliveryStatus,
  ReplaceSubscriptionData,
  SubscriptionCreated,
  SubscriptionRead,
} from "../client/types.gen";
import { body } from "./http";
import { EVERY, every } from "./live";
import { PAGE, pagedOptions } from "./pages";

export type Subscription = SubscriptionRead;
export type Delivery = DeliveryRead;
export type { DeliveryStatus };
export type NewSubscription = CreateSubscriptionData["body"];
export type SubscriptionChange = ReplaceSubscriptionData["body"];

export function subscriptionsQuery() {
  return pagedOptions<Subscription>(["subscriptions"], (cursor, signal) =>
    listSubscriptions({ query: { limit: PAGE, cursor }, signal }),
  );
}

export function subscriptionQuery(id: string) {
  return queryOptions({
    queryKey: ["subscription", id],
    queryFn: ({ signal }) => body(getSubscription({ path: { subscription_id: id }, signal })),
    refetchInterval: every(EVERY.list),
  });
}

export function deliveriesQuery(id: string, status: DeliveryStatus | undefined) {
  return pagedOptions<Delivery>(["deliveries", id, status], (cursor, signal) =>
    listDeliveries({ path: { subscription_id: id }, query: { status, limit: PAGE, cursor }, signal }),
  );
}

/** The answer has the secret if none was given. */
export function addSubscription(subscription: NewSubscription): Promise<SubscriptionCreated> {
  return body(createSubscription({ body: subscription }));
}

/** Replace a subscription; without `secret` its secret stays. */
export function saveSubscription(id: string, change: SubscriptionChange): Promise<Subscription> {
  return body(replaceSubscription({ path: { subscription_id: id }, body: change }));
}

export function removeSubscription(id: string): Promise<unknown> {
  return body(deleteSubscription({ path: { subscription_id: id } }));
}

/** Send a delivery again, under the same `webhook-id`. */
export function sendAgain(delivery: { subscriptionId: string; id: string }): Promise<Delivery> {
  return body(redeliver({ path: { subscription_id: delivery.subscriptionId, delivery_id: delivery.id } }));
}
