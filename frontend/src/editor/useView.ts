/** How a workflow is edited: as a graph, as text, or both beside each other; in the URL. */

import { getRouteApi } from "@tanstack/react-router";

export const VIEWS = ["graph", "text", "both"] as const;
export type View = (typeof VIEWS)[number];

const route = getRouteApi("/workflows/$workflowId");

export function useView(): [View, (view: View) => void] {
  const { view = "graph" } = route.useSearch();
  const navigate = route.useNavigate();
  const show = (next: View) =>
    navigate({ search: (old) => ({ ...old, view: next === "graph" ? undefined : next }), replace: true });
  return [view, show];
}
