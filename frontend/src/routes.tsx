/** Every address of the studio. */

import { createRoute, createRouter, lazyRouteComponent, redirect } from "@tanstack/react-router";
import type { InboxState } from "./api/approvals";
import { readEventsSearch } from "./events/search";
import { readExecutionsSearch } from "./executions/search";
import { root } from "./root";
import { count, oneOf, type Search, text } from "./search";
import { settings } from "./settings/routes";
import { STEP_STATUSES } from "./status";
import { whatIf } from "./whatIfRoutes";
import { readWorkflowSearch, readWorkflowsSearch } from "./workflows/search";

export interface ExecutionSearch {
  tab?: "graph" | "timeline" | "steps";
  node?: string;
  step?: string;
  /** The range of the timeline, in milliseconds from the start. */
  from?: number;
  to?: number;
  /** The node of the timeline whose many steps are shown one by one. */
  open?: string;
  /** Filters of the steps: a node, and a status. */
  of?: string;
  status?: string;
}

const overview = createRoute({
  getParentRoute: () => root,
  path: "/",
  component: lazyRouteComponent(() => import("./overview/OverviewPage"), "OverviewPage"),
});

const workflows = createRoute({
  getParentRoute: () => root,
  path: "/workflows",
  validateSearch: readWorkflowsSearch,
  component: lazyRouteComponent(() => import("./workflows/WorkflowsPage"), "WorkflowsPage"),
});

const workflow = createRoute({
  getParentRoute: () => root,
  path: "/workflows/$workflowId",
  validateSearch: readWorkflowSearch,
  component: lazyRouteComponent(() => import("./workflows/WorkflowPage"), "WorkflowPage"),
});

const executions = createRoute({
  getParentRoute: () => root,
  path: "/executions",
  validateSearch: readExecutionsSearch,
  component: lazyRouteComponent(() => import("./executions/ExecutionsPage"), "ExecutionsPage"),
});

const execution = createRoute({
  getParentRoute: () => root,
  path: "/executions/$executionId",
  validateSearch: (search: Search): ExecutionSearch => ({
    tab: oneOf(search.tab, ["graph", "timeline", "steps"]),
    node: text(search.node),
    step: text(search.step),
    from: count(search.from),
    to: count(search.to),
    open: text(search.open),
    of: text(search.of),
    status: oneOf(search.status, STEP_STATUSES),
  }),
  component: lazyRouteComponent(() => import("./executions/ExecutionPage"), "ExecutionPage"),
});

const events = createRoute({
  getParentRoute: () => root,
  path: "/events",
  validateSearch: readEventsSearch,
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

const approvals = createRoute({
  getParentRoute: () => root,
  path: "/approvals",
  validateSearch: (search: Search): { state?: InboxState; id?: string } => ({
    state: oneOf(search.state, ["waiting", "soon", "decided"] as const),
    id: text(search.id),
  }),
  component: lazyRouteComponent(() => import("./approvals/ApprovalsPage"), "ApprovalsPage"),
});

const system = createRoute({
  getParentRoute: () => root,
  path: "/system",
  component: lazyRouteComponent(() => import("./system/SystemPage"), "SystemPage"),
});

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
  approvals,
  system,
  settings,
  index,
  ...whatIf,
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
