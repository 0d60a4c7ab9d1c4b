/** The scopes of a key, in words. */

import type { Scope } from "../../api/keys";

export const SCOPES: { value: Scope; label: string }[] = [
  { value: "events:write", label: "Send events" },
  { value: "workflows:read", label: "Read workflows, and try rules" },
  { value: "workflows:write", label: "Save and delete workflows" },
  { value: "executions:read", label: "Read executions, events and approvals" },
  { value: "executions:write", label: "Start, stop, retry and fork executions" },
  { value: "approvals:decide", label: "Decide approvals" },
  { value: "secrets:write", label: "Manage secrets, credentials, hooks and subscriptions" },
  { value: "admin", label: "Everything, also keys and the audit" },
];
