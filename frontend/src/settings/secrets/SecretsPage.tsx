/** The list of secrets, and the drawers that create one and change one. */

import { Drawer, Group, Stack, Title } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { removeSecret, type Secret, secretsQuery } from "../../api/secrets";
import type { Column } from "../../ui/Rows";
import { Time } from "../../ui/Time";
import { DeleteButton } from "../DeleteButton";
import { ListPage } from "../ListPage";
import { Uses, usesText } from "../Uses";
import { SecretForm } from "./SecretForm";

const route = getRouteApi("/settings/secrets");

const COLUMNS: Column<Secret>[] = [
  { key: "name", label: "Name", width: "45%", render: (row) => row.name },
  { key: "uses", label: "Used by", from: "tablet", render: (row) => usesText(row.used_by) },
  { key: "at", label: "Changed", width: "104px", render: (row) => <Time at={row.updated_at} /> },
];

export function SecretsPage() {
  const { open } = route.useSearch();
  const navigate = route.useNavigate();
  const list = useQuery(secretsQuery());
  return (
    <ListPage
      title="Secrets"
      noun="secret"
      about="A secret is a value with a name, such as a token. Nodes and credentials name it; nobody can read it."
      request={{ method: "PUT", path: "/secrets/TOKEN", body: { value: "…" } }}
      form={(close) => <SecretForm onDone={close} />}
      list={list}
      rows={list.data}
      columns={COLUMNS}
      idOf={(row) => row.name}
      linkOf={(row, content) => (
        <Link to="/settings/secrets" search={{ open: row.name }} className="row-link">
          {content}
        </Link>
      )}
    >
      <SecretDrawer
        secret={list.data?.find((row) => row.name === open)}
        onClose={() => void navigate({ search: (old) => ({ ...old, open: undefined }), replace: true })}
      />
    </ListPage>
  );
}

function SecretDrawer({ secret, onClose }: { secret: Secret | undefined; onClose: () => void }) {
  return (
    <Drawer opened={!!secret} onClose={onClose} position="right" size="lg" title={`Secret ${secret?.name ?? ""}`}>
      {secret && (
        <Stack gap="lg">
          <section>
            <Title order={2} mb={6}>
              Used by
            </Title>
            <Uses uses={secret.used_by} />
          </section>
          <SecretForm
            key={secret.name}
            saved={secret.name}
            onDone={() => notifications.show({ message: `Saved: the value of ${secret.name}.` })}
          />
          <Group>
            <DeleteButton
              verb="Delete"
              thing={`the secret ${secret.name}`}
              remove={() => removeSecret(secret.name)}
              touched={["secrets", "audit"]}
              onDone={onClose}
            >
              Its value is lost, and steps that need it fail from then on.
              {secret.used_by.length > 0 && " It is used by:"}
              {secret.used_by.length > 0 && <Uses uses={secret.used_by} />}
            </DeleteButton>
          </Group>
        </Stack>
      )}
    </Drawer>
  );
}
