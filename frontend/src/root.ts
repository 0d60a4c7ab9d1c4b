/** The route that all others are children of. */

import { createRootRoute } from "@tanstack/react-router";
import { count, type Search } from "./search";
import { Shell } from "./shell/Shell";
import { NotFound } from "./ui/NotFound";

export interface RootSearch {
  /** 0: live updates are paused. */
  live?: 0;
}

export const root = createRootRoute({
  component: Shell,
  notFoundComponent: NotFound,
  validateSearch: (search: Search): RootSearch => (count(search.live) === 0 ? { live: 0 } : {}),
});
