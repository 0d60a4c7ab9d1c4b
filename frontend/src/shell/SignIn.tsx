/** Signing in with a key, or at the OpenID provider of the deployment. */

import { Anchor, Button, Divider, PasswordInput, Stack, Text, Title } from "@mantine/core";
import { useDocumentTitle } from "@mantine/hooks";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { signIn, waysInQuery } from "../api/me";
import { messageOf } from "../api/problems";

export function SignIn() {
  useDocumentTitle("Sign in · Trigraph");
  const [key, setKey] = useState("");
  const queries = useQueryClient();
  const { data: ways } = useQuery(waysInQuery());
  const attempt = useMutation({ mutationFn: signIn, onSuccess: () => queries.resetQueries() });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    attempt.mutate(key.trim());
  };
  const next = encodeURIComponent(location.pathname + location.search);
  return (
    <main className="sign-in">
      <Stack className="panel" p="xl" gap="md" w={400} maw="calc(100vw - 32px)">
        <img src={`${import.meta.env.BASE_URL}icon.svg`} width={40} height={40} alt="" />
        <Title order={1}>Sign in to Trigraph</Title>
        {ways?.login && (
          <>
            <Button component="a" href={`${ways.login}?next=${next}`}>
              Sign in with your account
            </Button>
            <Divider label="or" />
          </>
        )}
        <form onSubmit={submit}>
          <Stack gap="sm">
            <PasswordInput
              label="API key"
              description="It begins with tg_."
              value={key}
              autoComplete="current-password"
              error={attempt.error && messageOf(attempt.error)}
              onChange={(event) => setKey(event.currentTarget.value)}
            />
            <Button
              type="submit"
              variant={ways?.login ? "default" : "filled"}
              loading={attempt.isPending}
              disabled={!key.trim()}
            >
              Sign in
            </Button>
          </Stack>
        </form>
        <Text size="xs" className="quiet">
          Somebody with an admin key makes keys with <code>POST /keys</code>; see the{" "}
          <Anchor href="/docs">documentation of the API</Anchor>.
        </Text>
      </Stack>
    </main>
  );
}
