/** The frame of the settings: links to those pages that the user may see. */

import { Link, Outlet, useRouterState } from "@tanstack/react-router";
import { useEffect, useRef } from "react";
import { useMay } from "../api/me";
import { TABS } from "./tabs";
import "./settings.css";

export function SettingsLayout() {
  const may = useMay();
  const bar = useRef<HTMLElement>(null);
  const path = useRouterState({ select: (state) => state.location.pathname });
  // biome-ignore lint/correctness/useExhaustiveDependencies: another path has another active link
  useEffect(() => {
    const active = bar.current?.querySelector<HTMLElement>(".active");
    if (bar.current && active) bar.current.scrollLeft = active.offsetLeft - 60;
  }, [path]);
  return (
    <>
      <nav aria-label="Settings" className="settings-bar" ref={bar}>
        {TABS.filter((tab) => may(tab.scope)).map((tab) => (
          <Link key={tab.to} to={tab.to} activeOptions={{ includeSearch: false }}>
            {tab.label}
          </Link>
        ))}
      </nav>
      <Outlet />
    </>
  );
}
