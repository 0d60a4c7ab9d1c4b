/** The signed-in user, with the way out; nothing where nobody has to sign in. */

import { ActionIcon, Menu, Text } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { CircleUser, LogOut } from "lucide-react";
import { meQuery, signOut } from "../api/me";

export function UserMenu() {
  const queries = useQueryClient();
  const { data: me } = useQuery(meQuery());
  const leave = useMutation({ mutationFn: signOut, onSuccess: () => queries.resetQueries() });
  if (!me || me.auth === "off") return null;
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" aria-label={`Signed in as ${me.name}`}>
          <CircleUser size={17} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>
          {me.name}
          <Text size="xs">{me.scopes.join(", ")}</Text>
        </Menu.Label>
        <Menu.Item leftSection={<LogOut size={14} />} onClick={() => leave.mutate()}>
          Sign out
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
