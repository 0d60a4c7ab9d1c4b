/** A credential as the form has it, and the body of its request. */

import type { Credential, CredentialBody } from "../../api/secrets";

export type CredentialType = CredentialBody["type"];

interface Field {
  key: string;
  label: string;
  description?: string;
  /** True where the value is the name of a secret. */
  isSecret?: boolean;
  isOptional?: boolean;
}

export const TYPES: Record<CredentialType, { label: string; fields: Field[] }> = {
  bearer: { label: "Bearer token", fields: [{ key: "token", label: "Token", isSecret: true }] },
  basic: {
    label: "User and password",
    fields: [
      { key: "username", label: "User" },
      { key: "password", label: "Password", isSecret: true },
    ],
  },
  header: {
    label: "Header",
    fields: [
      { key: "header", label: "Name of the header" },
      { key: "value", label: "Value", isSecret: true },
      { key: "prefix", label: "Text before the value", description: "Such as Token and a space.", isOptional: true },
    ],
  },
  oauth2_client: {
    label: "OAuth 2, client credentials",
    fields: [
      { key: "token_url", label: "Token URL" },
      { key: "client_id", label: "Client id" },
      { key: "client_secret", label: "Client secret", isSecret: true },
      { key: "scope", label: "Scope", isOptional: true },
      { key: "audience", label: "Audience", isOptional: true },
      {
        key: "client_auth",
        label: "How id and secret are sent",
        description: "basic (as a header, the default) or body.",
        isOptional: true,
      },
    ],
  },
};

export interface CredentialDraft {
  name: string;
  type: CredentialType;
  /** One host a line. */
  hosts: string;
  /** The members of all types, as texts. */
  members: Record<string, string>;
}

export function draftOf(saved: Credential | undefined): CredentialDraft {
  const type = saved && saved.type in TYPES ? (saved.type as CredentialType) : "bearer";
  const members = TYPES[type].fields.map(({ key }) => [key, typeof saved?.[key] === "string" ? saved[key] : ""]);
  return { name: saved?.name ?? "", type, hosts: saved?.hosts.join("\n") ?? "", members: Object.fromEntries(members) };
}

/** The body, with the members of the chosen type and no others; optional ones that are empty are left out. */
export function bodyOf(draft: CredentialDraft): CredentialBody {
  const members = TYPES[draft.type].fields
    .map(({ key, isOptional }) => [key, draft.members[key] ?? "", isOptional] as const)
    .filter(([, value, isOptional]) => value !== "" || !isOptional)
    .map(([key, value]) => [key, value]);
  return { type: draft.type, hosts: hostsOf(draft.hosts), ...Object.fromEntries(members) } as CredentialBody;
}

/** The hosts of a text: separated by lines, spaces or commas. */
export function hostsOf(text: string): string[] {
  return text.split(/[\s,]+/).filter(Boolean);
}
