/** What the URL of a workflow says. */

import { count, oneOf, type Search } from "../search";

export const TABS = ["editor", "trigger", "executions", "versions", "settings"] as const;
export type WorkflowTab = (typeof TABS)[number];

export interface WorkflowSearch {
  tab?: WorkflowTab;
  /** What of the document the editor shows; absent: its graph. */
  view?: "text" | "both";
  /** The versions that are compared. */
  a?: number;
  b?: number;
}

export function readWorkflowSearch(search: Search): WorkflowSearch {
  return {
    tab: oneOf(search.tab, TABS),
    view: oneOf(search.view, ["text", "both"] as const),
    a: count(search.a),
    b: count(search.b),
  };
}
