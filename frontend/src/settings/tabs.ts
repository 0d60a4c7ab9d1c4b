/** The pages of the settings, each with the scope that it needs. */

export interface SettingsTab {
  to: string;
  label: string;
  scope: string;
}

export const TABS: SettingsTab[] = [
  { to: "/settings/hooks", label: "Hooks", scope: "secrets:write" },
  { to: "/settings/subscriptions", label: "Subscriptions", scope: "secrets:write" },
  { to: "/settings/secrets", label: "Secrets", scope: "secrets:write" },
  { to: "/settings/credentials", label: "Credentials", scope: "secrets:write" },
  { to: "/settings/keys", label: "Keys", scope: "admin" },
  { to: "/settings/audit", label: "Audit", scope: "admin" },
];
