/** One delivery: its event, its attempts, and the last answer of the receiver. */

import { Code, Drawer, Group, Stack, Text } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { useMay } from "../../api/me";
import type { Delivery } from "../../api/subscriptions";
import { Time } from "../../ui/Time";
import { Facts } from "../Facts";
import { DeliveryBadge } from "./DeliveryBadge";
import { SendAgain } from "./SendAgain";

interface DeliveryDrawerProps {
  subscriptionId: string;
  delivery: Delivery | undefined;
  onClose: () => void;
}

export function DeliveryDrawer({ subscriptionId, delivery, onClose }: DeliveryDrawerProps) {
  return (
    <Drawer opened={!!delivery} onClose={onClose} position="right" size="lg" title="Delivery">
      {delivery && (
        <Stack gap="md">
          <Group justify="space-between">
            <DeliveryBadge status={delivery.status} />
            <SendAgain subscriptionId={subscriptionId} delivery={delivery} />
          </Group>
          <DeliveryFacts delivery={delivery} />
          <Answer delivery={delivery} />
        </Stack>
      )}
    </Drawer>
  );
}

function DeliveryFacts({ delivery }: { delivery: Delivery }) {
  const may = useMay();
  const linked = (link: ReactNode, id: string) => (may("executions:read") ? link : id);
  return (
    <Facts
      of={[
        ["Type", delivery.type],
        [
          "Event",
          linked(
            <Link to="/events/$eventId" params={{ eventId: delivery.event_id }}>
              {delivery.event_id}
            </Link>,
            delivery.event_id,
          ),
        ],
        [
          "Execution",
          linked(
            <Link to="/executions/$executionId" params={{ executionId: delivery.execution_id }}>
              {delivery.execution_id}
            </Link>,
            delivery.execution_id,
          ),
        ],
        ["Attempts", String(delivery.attempts)],
        ["Created", <Time key="created" at={delivery.created_at} />],
        ["Last attempt", delivery.attempted_at && <Time at={delivery.attempted_at} />],
        ["Next attempt", delivery.next_attempt_at && <Time at={delivery.next_attempt_at} />],
        ["Finished", delivery.finished_at && <Time at={delivery.finished_at} />],
        ["Reason", delivery.error && <bdi>{delivery.error}</bdi>],
      ]}
    />
  );
}

function Answer({ delivery }: { delivery: Delivery }) {
  if (!delivery.answer) return null;
  const { status, body } = delivery.answer;
  return (
    <div>
      <Text size="sm" fw={600} mb={6}>
        Last answer: HTTP {String(status)}
      </Text>
      {typeof body === "string" && body !== "" && (
        <Code block tabIndex={0} style={{ whiteSpace: "pre-wrap", overflowWrap: "anywhere" }}>
          {body}
        </Code>
      )}
    </div>
  );
}
