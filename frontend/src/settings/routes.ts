/** The addresses of the settings. */

import { createRoute, lazyRouteComponent, redirect } from "@tanstack/react-router";
import type { DeliveryStatus } from "../api/subscriptions";
import { root } from "../root";
import { oneOf, type Search, text } from "../search";
import { readSearch } from "./audit/filter";

export interface OpenSearch {
  /** The row whose drawer is open. */
  open?: string;
}

export interface SubscriptionSearch {
  status?: DeliveryStatus;
  /** The delivery whose drawer is open. */
  delivery?: string;
}

const layout = createRoute({
  getParentRoute: () => root,
  path: "/settings",
  component: lazyRouteComponent(() => import("./SettingsLayout"), "SettingsLayout"),
});

const index = createRoute({
  getParentRoute: () => layout,
  path: "/",
  beforeLoad: () => {
    throw redirect({ to: "/settings/hooks", replace: true });
  },
});

const hooks = createRoute({
  getParentRoute: () => layout,
  path: "/hooks",
  component: lazyRouteComponent(() => import("./hooks/HooksPage"), "HooksPage"),
});

const hook = createRoute({
  getParentRoute: () => layout,
  path: "/hooks/$name",
  component: lazyRouteComponent(() => import("./hooks/HookPage"), "HookPage"),
});

const subscriptions = createRoute({
  getParentRoute: () => layout,
  path: "/subscriptions",
  component: lazyRouteComponent(() => import("./subscriptions/SubscriptionsPage"), "SubscriptionsPage"),
});

const subscription = createRoute({
  getParentRoute: () => layout,
  path: "/subscriptions/$subscriptionId",
  validateSearch: (search: Search): SubscriptionSearch => ({
    status: oneOf(search.status, ["pending", "delivered", "dead"] as const),
    delivery: text(search.delivery),
  }),
  component: lazyRouteComponent(() => import("./subscriptions/SubscriptionPage"), "SubscriptionPage"),
});

const secrets = createRoute({
  getParentRoute: () => layout,
  path: "/secrets",
  validateSearch: (search: Search): OpenSearch => ({ open: text(search.open) }),
  component: lazyRouteComponent(() => import("./secrets/SecretsPage"), "SecretsPage"),
});

const credentials = createRoute({
  getParentRoute: () => layout,
  path: "/credentials",
  validateSearch: (search: Search): OpenSearch => ({ open: text(search.open) }),
  component: lazyRouteComponent(() => import("./credentials/CredentialsPage"), "CredentialsPage"),
});

const keys = createRoute({
  getParentRoute: () => layout,
  path: "/keys",
  validateSearch: (search: Search): OpenSearch => ({ open: text(search.open) }),
  component: lazyRouteComponent(() => import("./keys/KeysPage"), "KeysPage"),
});

const audit = createRoute({
  getParentRoute: () => layout,
  path: "/audit",
  validateSearch: readSearch,
  component: lazyRouteComponent(() => import("./audit/AuditPage"), "AuditPage"),
});

export const settings = layout.addChildren([
  index,
  hooks,
  hook,
  subscriptions,
  subscription,
  secrets,
  credentials,
  keys,
  audit,
]);
