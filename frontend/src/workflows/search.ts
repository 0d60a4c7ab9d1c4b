/** What the URLs of the list of workflows, and of one of them, say. */

import { count, oneOf, type Search, text } from "../search";

export const TABS = ["editor", "trigger", "executions", "versions", "settings"] as const;
export type WorkflowTab = (typeof TABS)[number];

export interface WorkflowSearch {
  tab?: WorkflowTab;
  /** What of the document the editor shows; absent: its graph. */
  view?: "text" | "both";
  /** The versions that are compared. */
  a?: number;
  b?: number;
  /** The test panel is open: "new", or the id of a step whose input it begins with. */
  test?: string;
  /** The node that is chosen at first. */
  node?: string;
  /** The test that is shown. */
  run?: string;
}

export function readWorkflowSearch(search: Search): WorkflowSearch {
  return {
    tab: oneOf(search.tab, TABS),
    view: oneOf(search.view, ["text", "both"] as const),
    a: count(search.a),
    b: count(search.b),
    test: text(search.test),
    node: text(search.node),
    run: text(search.run),
  };
}

export const KINDS = ["graph", "tasks", "dag", "steps"] as const;

export interface WorkflowsSearch {
  q?: string;
  kind?: (typeof KINDS)[number];
  active?: "yes" | "no";
  /** Only those of which an execution of the last 24 hours failed. */
  failing?: "yes";
}

export function readWorkflowsSearch(search: Search): WorkflowsSearch {
  return {
    q: text(search.q),
    kind: oneOf(search.kind, KINDS),
    active: oneOf(search.active, ["yes", "no"] as const),
    failing: oneOf(search.failing, ["yes"] as const),
  };
}
