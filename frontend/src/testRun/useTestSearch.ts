/** The test of a workflow in the URL: that its panel is open, what it begins with, and the test that is shown. */

import { getRouteApi } from "@tanstack/react-router";

/** The panel is open, and no recorded data is asked for. */
const OPEN = "new";

const route = getRouteApi("/workflows/$workflowId");

export interface TestSearch {
  isOpen: boolean;
  /** The id of a step whose input the test begins with. */
  step: string | undefined;
  /** The node that is tested at first. */
  node: string | undefined;
  /** The test execution that is shown. */
  run: string | undefined;
  toggle: () => void;
  show: (run: string) => void;
}

export function useTestSearch(): TestSearch {
  const { test, node, run } = route.useSearch();
  const navigate = route.useNavigate();
  const change = (next: { test?: string; run?: string; node?: string }) =>
    navigate({ search: (old) => ({ ...old, ...next }), replace: true });
  return {
    isOpen: test !== undefined,
    step: test === OPEN ? undefined : test,
    node,
    run,
    toggle: () => change({ test: test === undefined ? OPEN : undefined, run: undefined, node: undefined }),
    show: (id) => change({ run: id }),
  };
}
