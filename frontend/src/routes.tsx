/** Every address of the studio. */

import { createRootRoute, createRoute, createRouter, lazyRouteComponent, redirect } from "@tanstack/react-router";
import { count, oneOf, type Search, text } from "./search";
import { Shell } from "./shell/Shell";
import { EXECUTION_STATUSES } from "./status";
import { NotFound } from "./ui/NotFound";
import { NotBuilt } from "./ui/Page";

export interface RootSearch {
  /** 0: live updates are paused. */
  live?: 0;
}

const root = createRootRoute({
  component: Shell,
  notFoundComponent: NotFound,
  validateSearch: (search: Search): RootSearch => (count(search.live) === 0 ? { live: 0 } : {}),
});

const overview = createRoute({
  getParentRoute: () => root,
  path: "/",
  component: lazyRouteComponent(() => import("./overview/OverviewPage"), "OverviewPage"),
});

const workflows = createRoute({
  getParentRoute: () => root,
  path: "/workflows",
  validateSearch: (search: Search) => ({ q: text(search.q) }),
  component: lazyRouteComponent(() => import("./workflows/WorkflowsPage"), "WorkflowsPage"),
});

const workflow = createRoute({
  getParentRoute: () => root,
  path: "/workflows/$workflowId",
  validateSearch: (search: Search): { tab?: "executions" } => ({ tab: oneOf(search.tab, ["executions"] as const) }),
  component: lazyRouteComponent(() => import("./workflows/WorkflowPage"), "WorkflowPage"),
});

const executions = createRoute({
  getParentRoute: () => root,
  path: "/executions",
  validateSearch: (search: Search) => ({
    status: oneOf(search.status, EXECUTION_STATUSES),
    workflow: text(search.workflow),
    event: text(search.event),
    parent: text(search.parent),
    forkedFrom: text(search.forkedFrom),
  }),
  component: lazyRouteComponent(() => import("./executions/ExecutionsPage"), "ExecutionsPage"),
});

const execution = createRoute({
  getParentRoute: () => root,
  path: "/executions/$executionId",
  component: lazyRouteComponent(() => import("./executions/ExecutionPage"), "ExecutionPage"),
});

const events = createRoute({
  getParentRoute: () => root,
  path: "/events",
  validateSearch: (search: Search): { set?: "none" | "near" } => ({
    set: oneOf(search.set, ["none", "near"] as const),
  }),
  component: lazyRouteComponent(() => import("./events/EventsPage"), "EventsPage"),
});

const event = createRoute({
  getParentRoute: () => root,
  path: "/events/$eventId",
  validateSearch: (search: Search): { tab?: string; q?: string } => ({ tab: text(search.tab), q: text(search.q) }),
  component: lazyRouteComponent(() => import("./events/EventPage"), "EventPage"),
});

const why = createRoute({
  getParentRoute: () => root,
  path: "/events/$eventId/why/$workflowId",
  validateSearch: (search: Search): { trigger?: "current" } => ({
    trigger: oneOf(search.trigger, ["current"] as const),
  }),
  component: lazyRouteComponent(() => import("./events/WhyPage"), "WhyPage"),
});

const notBuilt = (
  [
    ["/workflows/$workflowId/backtest", "Backtest"],
    ["/backtest", "Backtest"],
    ["/compare", "Compare"],
    ["/approvals", "Approvals"],
    ["/system", "System"],
    ["/hooks", "Hooks"],
    ["/keys", "Keys"],
    ["/secrets", "Secrets"],
    ["/audit", "Audit"],
  ] as const
).map(([path, title]) =>
  createRoute({ getParentRoute: () => root, path, component: () => <NotBuilt title={title} /> }),
);

const index = createRoute({
  getParentRoute: () => root,
  path: "/index.html",
  beforeLoad: () => {
    throw redirect({ to: "/", replace: true });
  },
});

const routeTree = root.addChildren([
  overview,
  workflows,
  workflow,
  executions,
  execution,
  events,
  event,
  why,
  ...notBuilt,
  index,
]);

export const router = createRouter({
  routeTree,
  basepath: import.meta.env.BASE_URL,
  defaultPreload: "intent",
  scrollRestoration: true,
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
