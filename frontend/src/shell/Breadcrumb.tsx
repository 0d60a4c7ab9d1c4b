/** The way to the page that is shown, in the header; on a phone there is no room for it. */

import { Link, useRouterState } from "@tanstack/react-router";
import { Fragment } from "react";
import { useShownTitle } from "../ui/usePageTitle";
import { crumbsOf } from "./crumbs";
import "./crumbs.css";

export function Breadcrumb() {
  const path = useRouterState({ select: (state) => state.location.pathname });
  const title = useShownTitle();
  return (
    <nav aria-label="Breadcrumb" className="crumbs wide-only">
      {crumbsOf(path, title).map(({ label, to }) => (
        <Fragment key={to ?? ""}>
          {to ? (
            <Link to={to} activeOptions={{ exact: true }}>
              {label}
            </Link>
          ) : (
            <span aria-current="page" className="cut" title={label}>
              {label}
            </span>
          )}
        </Fragment>
      ))}
    </nav>
  );
}
