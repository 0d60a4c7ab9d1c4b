/** The list of credentials, and the drawers that create one and change one. */

import { Drawer, Group, Stack, Title } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { type Credential, credentialsQuery, removeCredential } from "../../api/secrets";
import type { Column } from "../../ui/Rows";
import { Time } from "../../ui/Time";
import { DeleteButton } from "../DeleteButton";
import { ListPage } from "../ListPage";
import { Uses, usesText } from "../Uses";
import { CredentialForm } from "./CredentialForm";
import { type CredentialType, TYPES } from "./draft";

const route = getRouteApi("/settings/credentials");

const COLUMNS: Column<Credential>[] = [
  { key: "name", label: "Name", render: (row) => row.name },
  { key: "type", label: "Type", width: "190px", render: (row) => TYPES[row.type as CredentialType]?.label ?? row.type },
  { key: "hosts", label: "Hosts", width: "30%", from: "tablet", render: (row) => row.hosts.join(", ") },
  { key: "uses", label: "Used by", width: "140px", from: "desktop", render: (row) => usesText(row.used_by) },
  { key: "at", label: "Changed", width: "104px", from: "tablet", render: (row) => <Time at={row.updated_at} /> },
];

export function CredentialsPage() {
  const { open } = route.useSearch();
  const navigate = route.useNavigate();
  const list = useQuery(credentialsQuery());
  return (
    <ListPage
      title="Credentials"
      noun="credential"
      about="A credential says how an HTTP call is authorized, and at which hosts. It names the secret that it sends."
      request={{
        method: "PUT",
        path: "/credentials/github",
        body: { type: "bearer", token: "GITHUB_TOKEN", hosts: ["api.github.com"] },
      }}
      form={(close) => <CredentialForm onDone={close} />}
      list={list}
      rows={list.data}
      columns={COLUMNS}
      idOf={(row) => row.name}
      linkOf={(row, content) => (
        <Link to="/settings/credentials" search={{ open: row.name }} className="row-link">
          {content}
        </Link>
      )}
    >
      <CredentialDrawer
        credential={list.data?.find((row) => row.name === open)}
        onClose={() => void navigate({ search: (old) => ({ ...old, open: undefined }), replace: true })}
      />
    </ListPage>
  );
}

function CredentialDrawer({ credential, onClose }: { credential: Credential | undefined; onClose: () => void }) {
  const name = credential?.name ?? "";
  return (
    <Drawer opened={!!credential} onClose={onClose} position="right" size="lg" title={`Credential ${name}`}>
      {credential && (
        <Stack gap="lg">
          <section>
            <Title order={2} mb={6}>
              Used by
            </Title>
            <Uses uses={credential.used_by} />
          </section>
          <CredentialForm
            key={name}
            saved={credential}
            onDone={() => notifications.show({ message: `Saved: the credential ${name}.` })}
          />
          <Group>
            <DeleteButton
              verb="Delete"
              thing={`the credential ${name}`}
              remove={() => removeCredential(name)}
              touched={["credentials", "secrets", "audit"]}
              onDone={onClose}
            >
              Steps that name it fail from then on. The secret that it names stays.
              {credential.used_by.length > 0 && " It is used by:"}
              {credential.used_by.length > 0 && <Uses uses={credential.used_by} />}
            </DeleteButton>
          </Group>
        </Stack>
      )}
    </Drawer>
  );
}
