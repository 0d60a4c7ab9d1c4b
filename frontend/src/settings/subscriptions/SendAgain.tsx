/** Sends a delivery again that was delivered or given up; one that is pending is sent by itself. */

import { notifications } from "@mantine/notifications";
import { RotateCw } from "lucide-react";
import { messageOf } from "../../api/problems";
import { type Delivery, sendAgain } from "../../api/subscriptions";
import { WriteButton } from "../../ui/WriteButton";
import { useChange } from "../useChange";

export function SendAgain({ subscriptionId, delivery }: { subscriptionId: string; delivery: Delivery }) {
  const sending = useChange(sendAgain, ["deliveries"], () =>
    notifications.show({ message: "It is sent again, under the same webhook-id." }),
  );
  if (delivery.status === "pending") return null;
  return (
    <WriteButton
      size="compact-xs"
      variant="default"
      leftSection={<RotateCw size={13} />}
      loading={sending.isPending}
      onClick={() =>
        sending.mutate(
          { subscriptionId, id: delivery.id },
          { onError: (error) => notifications.show({ color: "red", title: "Not sent", message: messageOf(error) }) },
        )
      }
    >
      Send again
    </WriteButton>
  );
}
