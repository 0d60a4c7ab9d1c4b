/** The pages that the navigation links to, each with its key and the scopes of which one is needed to read it. */

import {
  Activity,
  CircleCheckBig,
  LayoutDashboard,
  type LucideIcon,
  Server,
  Settings,
  Workflow,
  Zap,
} from "lucide-react";

export interface NavPage {
  to: string;
  label: string;
  icon: LucideIcon;
  keys: string;
  scopes: string[];
}

export const NAV: NavPage[] = [
  { to: "/", label: "Overview", icon: LayoutDashboard, keys: "g o", scopes: ["executions:read"] },
  { to: "/workflows", label: "Workflows", icon: Workflow, keys: "g w", scopes: ["workflows:read"] },
  { to: "/executions", label: "Executions", icon: Activity, keys: "g e", scopes: ["executions:read"] },
  { to: "/events", label: "Events", icon: Zap, keys: "g v", scopes: ["executions:read"] },
  {
    to: "/approvals",
    label: "Approvals",
    icon: CircleCheckBig,
    keys: "g a",
    scopes: ["approvals:decide", "executions:read"],
  },
  { to: "/system", label: "System", icon: Server, keys: "g s", scopes: ["admin"] },
  { to: "/settings", label: "Settings", icon: Settings, keys: "g t", scopes: ["secrets:write"] },
];
