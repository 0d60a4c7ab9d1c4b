/** The versions of the parts, the settings that were changed, and the way to the API. */

import { Code, Group, Stack, Text, Title } from "@mantine/core";
import type { System } from "../api/system";

export function Versions({ system }: { system: System }) {
  const { versions, settings } = system;
  const parts = [
    ["Trigraph", versions.trigraph],
    ["Schema", versions.database_schema],
    ["Postgres", versions.postgres],
    ["Python", versions.python],
    ["Environment", system.environment],
  ];
  return (
    <>
      <section>
        <Title order={2} mb="xs">
          Versions
        </Title>
        <Group component="dl" gap="xl" m={0}>
          {parts.map(([name, value]) => (
            <div key={name}>
              <Text component="dt" size="xs" className="quiet">
                {name}
              </Text>
              <Text component="dd" size="sm" m={0}>
                {value ?? "–"}
              </Text>
            </div>
          ))}
        </Group>
      </section>
      <section>
        <Title order={2} mb={4}>
          Settings that differ from their defaults
        </Title>
        <Text size="sm" className="quiet" mb="xs">
          Their names only; a value may be a secret.
        </Text>
        {settings.length === 0 ? (
          <Text size="sm">None</Text>
        ) : (
          <Group gap={6}>
            {settings.map((name) => (
              <Code key={name}>{name}</Code>
            ))}
          </Group>
        )}
      </section>
      <Stack gap={4}>
        <Text size="sm">
          <a href="/docs">The API, with every route to try</a>
        </Text>
      </Stack>
    </>
  );
}
