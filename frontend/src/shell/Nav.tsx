/** The navigation: a rail at the left, or a bar at the bottom of a phone, where the mark in the header is the overview. */

import { Link, useNavigate } from "@tanstack/react-router";
import { NAV, type NavPage } from "./nav";
import { useShortcut } from "./shortcuts";

export function Nav({ pages, counts }: { pages: NavPage[]; counts: Record<string, number | undefined> }) {
  return (
    <nav aria-label="Pages" className="nav">
      {pages.map((page) => (
        <NavLink key={page.to} page={page} count={counts[page.to]} />
      ))}
    </nav>
  );
}

function NavLink({ page, count }: { page: NavPage; count: number | undefined }) {
  const Icon = page.icon;
  return (
    <Link
      to={page.to}
      className={page.to === "/" ? "nav-link wide-only" : "nav-link"}
      activeOptions={{ exact: page.to === "/", includeSearch: false }}
      title={page.label}
    >
      <Icon size={18} strokeWidth={2} aria-hidden />
      <span className="nav-label">{page.label}</span>
      {!!count && (
        <span className="nav-count">
          {count > 99 ? "99+" : count}
          <span className="visually-hidden"> waiting</span>
        </span>
      )}
    </Link>
  );
}

/** `g w` and its like. */
export function useNavKeys(): void {
  const navigate = useNavigate();
  for (const page of NAV) {
    // The list is a constant, so the hooks are called in the same order each time.
    useShortcut(page.keys, `Go to ${page.label}`, () => navigate({ to: page.to }), "Go to");
  }
}
