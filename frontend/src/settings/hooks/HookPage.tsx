/** One hook: where to deliver, how deliveries are verified, and those that it refused. */

import { Button, Drawer, Group, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { Pencil } from "lucide-react";
import { useState } from "react";
import { type Hook, hookQuery, removeHook } from "../../api/hooks";
import { Copy } from "../../ui/Copy";
import { Loading } from "../../ui/Loading";
import { MissingOrProblem } from "../../ui/Missing";
import { Page } from "../../ui/Page";
import { Time } from "../../ui/Time";
import { ActiveBadge } from "../ActiveBadge";
import { DeleteButton } from "../DeleteButton";
import { Facts } from "../Facts";
import { Once } from "../Once";
import { HookForm } from "./HookForm";
import { Refused } from "./Refused";
import { SCHEMES } from "./schemes";

const route = getRouteApi("/settings/hooks/$name");

export function HookPage() {
  const { name } = route.useParams();
  const { data: hook, error, refetch } = useQuery(hookQuery(name));
  return (
    <Page title={name} actions={hook && <Actions hook={hook} />}>
      {error && !hook && <MissingOrProblem kind="hook" error={error} onRetry={refetch} />}
      {!error && !hook && <Loading lines={6} />}
      {hook && (
        <Stack gap="lg">
          <div className="panel" style={{ padding: 16 }}>
            <HookFacts hook={hook} />
          </div>
          <section>
            <Title order={2} mb={4}>
              Refused deliveries
            </Title>
            <Text size="sm" className="quiet" mb="sm">
              {hook.refused.toLocaleString("en")} since it was created; the newest 100 are listed. They started nothing.
            </Text>
            <Refused name={name} />
          </section>
        </Stack>
      )}
    </Page>
  );
}

function HookFacts({ hook }: { hook: Hook }) {
  return (
    <Facts
      of={[
        ["State", <ActiveBadge key="state" isActive={hook.is_active} />],
        [
          "URL",
          <Group key="url" gap={4} wrap="nowrap">
            <span className="mono">{hook.url}</span>
            <Copy text={hook.url} label="Copy the URL" />
          </Group>,
        ],
        ["Sender", SCHEMES[hook.scheme].label],
        ["Secrets", hook.scheme === "none" ? null : String(hook.secrets)],
        [
          "Signature",
          hook.header && (
            <span>
              {hook.algorithm} in {hook.encoding}, header <code>{hook.header}</code>
              {hook.prefix && (
                <>
                  {" "}
                  after <code>{hook.prefix}</code>
                </>
              )}
            </span>
          ),
        ],
        ["Verify token", hook.has_verify_token ? "It has one" : null],
        ["Changed", <Time key="at" at={hook.updated_at} />],
      ]}
    />
  );
}

function Actions({ hook }: { hook: Hook }) {
  const navigate = route.useNavigate();
  const [isOpen, setOpen] = useState(false);
  const [made, setMade] = useState<string | null>(null);
  const close = () => {
    setOpen(false);
    setMade(null);
  };
  return (
    <>
      <Button variant="default" leftSection={<Pencil size={15} />} onClick={() => setOpen(true)}>
        Change
      </Button>
      <DeleteButton
        verb="Delete"
        thing={`the hook ${hook.name}`}
        remove={() => removeHook(hook.name)}
        touched={["hooks"]}
        onDone={() => void navigate({ to: "/settings/hooks" })}
      >
        Deliveries to its URL get 404 from then on. Events that it has taken stay.
      </DeleteButton>
      <Drawer
        opened={isOpen}
        onClose={close}
        closeOnClickOutside={false}
        position="right"
        size="lg"
        title={`Change the hook ${hook.name}`}
      >
        {isOpen && made && <Once label="Signing secret" value={made} onDone={close} />}
        {isOpen && !made && <HookForm hook={hook} onDone={(_, secret) => (secret ? setMade(secret) : close())} />}
      </Drawer>
    </>
  );
}
