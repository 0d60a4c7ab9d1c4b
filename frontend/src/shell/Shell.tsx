/** What surrounds every page: header, navigation, search, banners. */

import { ActionIcon, Button, Kbd, Tooltip } from "@mantine/core";
import { useLocalStorage, useMediaQuery } from "@mantine/hooks";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, Outlet, useNavigate, useRouterState, useSearch } from "@tanstack/react-router";
import { CircleHelp, PanelLeft, Search } from "lucide-react";
import { useEffect, useRef } from "react";
import { approvalCountsQuery } from "../api/approvals";
import { pauseLive } from "../api/live";
import { meQuery, useMay } from "../api/me";
import { statusOf } from "../api/problems";
import { Banner } from "./Banner";
import { Breadcrumb } from "./Breadcrumb";
import { Connection } from "./Connection";
import { Environment } from "./Environment";
import { ErrorBoundary } from "./ErrorBoundary";
import { Nav, useNavKeys } from "./Nav";
import { NAV } from "./nav";
import { SchemeSwitch } from "./SchemeSwitch";
import { openHelp, openSearch, ShellDialogs } from "./ShellDialogs";
import { SignIn } from "./SignIn";
import { onKeyDown, useShortcut } from "./shortcuts";
import { UserMenu } from "./UserMenu";
import "./shell.css";

export function Shell() {
  const { error } = useQuery(meQuery());
  return statusOf(error) === 401 ? <SignIn /> : <SignedIn />;
}

function SignedIn() {
  const [isNarrow, setNarrow] = useLocalStorage({ key: "trigraph-rail-narrow", defaultValue: false });
  const isSmall = useMediaQuery("(max-width: 1279px)", false, { getInitialValueInEffect: false });
  const path = useRouterState({ select: (state) => state.location.pathname });
  const main = useFocusOnNewPage(path);
  const may = useMay();
  const { data: counts } = useQuery({
    ...approvalCountsQuery(),
    enabled: may("approvals:decide", "executions:read"),
  });
  return (
    <div className="shell" data-rail={isNarrow || isSmall ? "narrow" : "wide"}>
      <a href="#main" className="skip-link">
        Skip to content
      </a>
      <Header />
      <div className="shell-rail">
        <Nav pages={NAV.filter((page) => may(...page.scopes))} counts={{ "/approvals": counts?.waiting }} />
        {!isSmall && (
          <Tooltip label={isNarrow ? "Widen the navigation" : "Narrow the navigation"} position="right">
            <ActionIcon
              className="wide-only"
              variant="subtle"
              color="gray"
              aria-label={isNarrow ? "Widen the navigation" : "Narrow the navigation"}
              onClick={() => setNarrow(!isNarrow)}
            >
              <PanelLeft size={17} />
            </ActionIcon>
          </Tooltip>
        )}
      </div>
      <main id="main" className="shell-main" tabIndex={-1} ref={main}>
        <Banner />
        <ErrorBoundary name="page" resetKey={path}>
          <Outlet />
        </ErrorBoundary>
      </main>
      <ShellDialogs />
    </div>
  );
}

function Header() {
  const live = useLive();
  useShellKeys(live.toggle);
  return (
    <header className="shell-head">
      <Link to="/" className="shell-brand">
        <img src={`${import.meta.env.BASE_URL}icon.svg`} width={24} height={24} alt="" />
        Trigraph
      </Link>
      <Breadcrumb />
      <Environment />
      <div style={{ flex: 1 }} />
      <Connection isPaused={live.isPaused} onResume={live.toggle} />
      <Button
        variant="default"
        size="xs"
        leftSection={<Search size={14} />}
        rightSection={<Kbd size="xs">Ctrl K</Kbd>}
        className="wide-only"
        onClick={openSearch}
      >
        Search
      </Button>
      <ActionIcon
        variant="subtle"
        color="gray"
        aria-label="Search and commands"
        className="phone-only"
        onClick={openSearch}
      >
        <Search size={17} />
      </ActionIcon>
      <SchemeSwitch />
      <UserMenu />
      <Tooltip label="Keys">
        <ActionIcon variant="subtle" color="gray" aria-label="Show all keys" className="wide-only" onClick={openHelp}>
          <CircleHelp size={17} />
        </ActionIcon>
      </Tooltip>
    </header>
  );
}

function useShellKeys(toggleLive: () => void): void {
  const queries = useQueryClient();
  useEffect(() => {
    addEventListener("keydown", onKeyDown);
    return () => removeEventListener("keydown", onKeyDown);
  }, []);
  useNavKeys();
  useShortcut("Ctrl+k", "Search and commands", openSearch);
  useShortcut("?", "Show all keys", openHelp);
  useShortcut("r", "Refresh now", () => void queries.invalidateQueries());
  useShortcut("l", "Live updates on or off", toggleLive);
  useShortcut("f", "Focus the filter", () => document.querySelector<HTMLElement>("[data-filter]")?.focus());
}

/** Live updates, switched by `?live=0`. */
function useLive(): { isPaused: boolean; toggle: () => void } {
  const navigate = useNavigate();
  const queries = useQueryClient();
  const isPaused = useSearch({ strict: false, select: (search) => search.live === 0 });
  pauseLive(isPaused);
  const toggle = () => {
    pauseLive(!isPaused);
    void navigate({ to: ".", search: (old) => ({ ...old, live: isPaused ? undefined : 0 }), replace: true });
    if (isPaused) void queries.invalidateQueries();
  };
  return { isPaused, toggle };
}

/** After a navigation the focus is on the new page, so that a screen reader reads it. */
function useFocusOnNewPage(path: string): React.RefObject<HTMLElement | null> {
  const main = useRef<HTMLElement>(null);
  const shown = useRef(path);
  useEffect(() => {
    if (shown.current !== path) main.current?.focus({ preventScroll: true });
    shown.current = path;
  }, [path]);
  return main;
}
