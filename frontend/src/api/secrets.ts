/** What the studio asks about secrets, whose values nobody can read, and the credentials that name them. */

import { queryOptions } from "@tanstack/react-query";
import {
  deleteCredential,
  deleteSecret,
  listCredentials,
  listSecrets,
  putCredential,
  putSecretValue,
} from "../client/sdk.gen";
import type { CredentialRead, PutCredentialData, SecretRead, UseRead } from "../client/types.gen";
import { body } from "./http";
import { EVERY, every } from "./live";

export type Secret = SecretRead;
export type Credential = CredentialRead;
export type CredentialBody = PutCredentialData["body"];
/** A workflow or a credential that names the thing. */
export type Use = UseRead;

export function secretsQuery() {
  return queryOptions({
    queryKey: ["secrets"],
    queryFn: ({ signal }) => body(listSecrets({ signal })),
    refetchInterval: every(EVERY.counts),
  });
}

export function credentialsQuery() {
  return queryOptions({
    queryKey: ["credentials"],
    queryFn: ({ signal }) => body(listCredentials({ signal })),
    refetchInterval: every(EVERY.counts),
  });
}

export function saveSecret({ name, value }: { name: string; value: string }): Promise<Secret> {
  return body(putSecretValue({ path: { name }, body: { value } }));
}

export function removeSecret(name: string): Promise<unknown> {
  return body(deleteSecret({ path: { name } }));
}

export function saveCredential(name: string, credential: CredentialBody): Promise<Credential> {
  return body(putCredential({ path: { name }, body: credential }));
}

export function removeCredential(name: string): Promise<unknown> {
  return body(deleteCredential({ path: { name } }));
}
