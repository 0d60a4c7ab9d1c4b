/** A hook as the form has it, and the body of its request. */

import type { Hook, HookChange, NewHook, Scheme } from "../../api/hooks";

export interface HookDraft {
  name: string;
  scheme: Scheme;
  /** Empty: a saved secret stays. */
  secret: string;
  /** A secret that is still accepted beside the new one. */
  oldSecret: string;
  header: string;
  algorithm: string;
  encoding: string;
  prefix: string;
  /** Empty: a saved one stays. */
  verifyToken: string;
  isActive: boolean;
}

export function draftOf(hook: Hook | undefined): HookDraft {
  return {
    name: hook?.name ?? "",
    scheme: hook?.scheme ?? "github",
    secret: "",
    oldSecret: "",
    header: hook?.header ?? "",
    algorithm: hook?.algorithm ?? "sha256",
    encoding: hook?.encoding ?? "hex",
    prefix: hook?.prefix ?? "",
    verifyToken: "",
    isActive: hook?.is_active ?? true,
  };
}

/** The members that a change and a new hook have in common. */
export function changeOf(draft: HookDraft): HookChange {
  const secrets = draft.scheme === "none" ? [] : [draft.secret, draft.oldSecret].filter(Boolean);
  return {
    scheme: draft.scheme,
    ...(secrets.length > 0 && { secret: secrets.length === 1 ? secrets[0] : secrets }),
    ...(draft.scheme === "hmac" && hmacOf(draft)),
    ...(draft.verifyToken && { verify_token: draft.verifyToken }),
    is_active: draft.isActive,
  };
}

export function newHookOf(draft: HookDraft): NewHook {
  return { ...changeOf(draft), scheme: draft.scheme, name: draft.name.trim() };
}

function hmacOf(draft: HookDraft): HookChange {
  return {
    header: draft.header.trim(),
    algorithm: draft.algorithm as HookChange["algorithm"],
    encoding: draft.encoding as HookChange["encoding"],
    prefix: draft.prefix,
  };
}
