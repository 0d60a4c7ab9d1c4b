/** Every address of the studio. */

import { createRoute, createRouter, lazyRouteComponent, redirect } from "@tanstack/react-router";
import type { EventSet } from "./api/backtests";
import type { RangeKind } from "./backtest/range";
import { root } from "./root";
import { count, oneOf, type Search, text } from "./search";
import { settings } from "./settings/routes";
import { EXECUTION_STATUSES, STEP_STATUSES } from "./status";

export interface ExecutionsSearch {
  status?: string;
  workflow?: string;
  event?: string;
  parent?: string;
  forkedFrom?: string;
}

export interface ExecutionSearch {
  tab?: "graph" | "timeline" | "steps";
  node?: string;
  step?: string;
  /** The range of the timeline, in milliseconds from the start. */
  from?: number;
  to?: number;
  /** Filters of the steps: a node, and a status. */
  of?: string;
  status?: string;
}

export interface BacktestSearch {
  /** The backtest that is shown. */
  id?: string;
  set?: EventSet;
  range?: RangeKind;
  /** The rule to begin with; else the trigger of the workflow. */
  rule?: unknown;
}

const overview = createRoute({
  getParentRoute: () => root,
  path: "/",
  component: lazyRouteComponent(() => import("./overview/OverviewPage"), "OverviewPage"),
});

const workflows = createRoute({
  getParentRoute: () => root,
  path: "/workflows",
  validateSearch: (search: Search): { q?: string; kind?: string } => ({ q: text(search.q), kind: text(search.kind) }),
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
  validateSearch: (search: Search): ExecutionsSearch => ({
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
  validateSearch: (search: Search): ExecutionSearch => ({
    tab: oneOf(search.tab, ["graph", "timeline", "steps"]),
    node: text(search.node),
    step: text(search.step),
    from: count(search.from),
    to: count(search.to),
    of: text(search.of),
    status: oneOf(search.status, STEP_STATUSES),
  }),
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

const approvals = createRoute({
  getParentRoute: () => root,
  path: "/approvals",
  validateSearch: (search: Search): { state?: "waiting" | "decided"; id?: string } => ({
    state: oneOf(search.state, ["waiting", "decided"]),
    id: text(search.id),
  }),
  component: lazyRouteComponent(() => import("./approvals/ApprovalsPage"), "ApprovalsPage"),
});

const system = createRoute({
  getParentRoute: () => root,
  path: "/system",
  component: lazyRouteComponent(() => import("./system/SystemPage"), "SystemPage"),
});

function backtestSearch(search: Search): BacktestSearch {
  const sets: EventSet[] = ["new", "lost", "same", "error", "near"];
  return {
    id: text(search.id),
    set: oneOf(search.set, sets),
    range: oneOf(search.range, ["day", "month", "between"]),
    rule: search.rule ?? undefined,
  };
}

const workflowBacktest = createRoute({
  getParentRoute: () => root,
  path: "/workflows/$workflowId/backtest",
  validateSearch: backtestSearch,
  component: lazyRouteComponent(() => import("./backtest/BacktestPage"), "WorkflowBacktestPage"),
});

const ruleBacktest = createRoute({
  getParentRoute: () => root,
  path: "/backtest",
  validateSearch: backtestSearch,
  component: lazyRouteComponent(() => import("./backtest/BacktestPage"), "RuleBacktestPage"),
});

const compare = createRoute({
  getParentRoute: () => root,
  path: "/compare",
  validateSearch: (search: Search): { a?: string; b?: string; all?: 1; node?: string; visit?: number } => ({
    a: text(search.a),
    b: text(search.b),
    node: text(search.node),
    visit: count(search.visit),
    // 1: nodes that do not differ are listed too.
    all: count(search.all) === 1 ? 1 : undefined,
  }),
  component: lazyRouteComponent(() => import("./compare/ComparePage"), "ComparePage"),
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
  workflowBacktest,
  ruleBacktest,
  compare,
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
