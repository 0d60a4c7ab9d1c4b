/** What the URL of a workflow says. */

import { count, oneOf, type Search } from "../search";

export const TABS = ["editor", "trigger", "executions", "versions", "settings"] as const;
export type WorkflowTab = (typeof TABS)[number];

export interface WorkflowSearch {
  tab?: WorkflowTab;
  /** The versions that are compared. */
  a?: number;
  b?: number;
}

export function readWorkflowSearch(search: Search): WorkflowSearch {
  return { tab: oneOf(search.tab, TABS), a: count(search.a), b: count(search.b) };
}
