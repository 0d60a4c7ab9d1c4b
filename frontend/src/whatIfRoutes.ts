/** The addresses of what would have been: backtests and comparisons. */

import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import type { EventSet } from "./api/backtests";
import type { RangeKind } from "./backtest/range";
import { root } from "./root";
import { count, oneOf, type Search, text } from "./search";

export interface BacktestSearch {
  /** The backtest that is shown. */
  id?: string;
  set?: EventSet;
  range?: RangeKind;
  /** The rule to begin with; else the trigger of the workflow. */
  rule?: unknown;
}

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
  validateSearch: (search: Search): { a?: string; b?: string; all?: 1 } => ({
    a: text(search.a),
    b: text(search.b),
    // 1: nodes that do not differ are listed too.
    all: count(search.all) === 1 ? 1 : undefined,
  }),
  component: lazyRouteComponent(() => import("./compare/ComparePage"), "ComparePage"),
});

export const whatIf = [workflowBacktest, ruleBacktest, compare] as const;
