/** Approve or reject, with a comment; nothing is shown as decided before the server has said so. */

import { Group, Stack, Text, Textarea, TextInput } from "@mantine/core";
import { useLocalStorage } from "@mantine/hooks";
import { notifications } from "@mantine/notifications";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Check, X } from "lucide-react";
import { type CSSProperties, useState } from "react";
import { type Answer, type Approval, decide } from "../api/approvals";
import { noteAction } from "../api/live";
import { meQuery, useMay } from "../api/me";
import { messageOf } from "../api/problems";
import { useShortcut } from "../shell/shortcuts";
import { WriteButton } from "../ui/WriteButton";
import { titleOf } from "./words";

/** The colour of what has succeeded, in both schemes with enough contrast. */
const APPROVE = {
  "--button-bg": "var(--status-completed)",
  "--button-hover": "color-mix(in srgb, var(--status-completed) 86%, var(--text))",
  "--button-color": "var(--surface)",
} as CSSProperties;

export function AnswerForm({ approval }: { approval: Approval }) {
  const [comment, setComment] = useState("");
  const [name, setName] = useLocalStorage({ key: "trigraph-name", defaultValue: "" });
  const { data: me } = useQuery(meQuery());
  const answer = useAnswer(approval);
  const may = useMay();
  const isNamed = me?.auth !== "off";
  const give = (approved: boolean) =>
    answer.mutate({ approved, comment: comment.trim(), approved_by: isNamed ? undefined : name.trim() || undefined });
  const mayDecide = may("approvals:decide");
  useShortcut("Shift+a", "Approve", () => mayDecide && give(true), "Approvals");
  useShortcut("Shift+r", "Reject", () => mayDecide && give(false), "Approvals");
  if (!mayDecide) {
    return (
      <Text size="sm" className="quiet">
        Your key can read approvals, but does not have the scope approvals:decide.
      </Text>
    );
  }
  const isOutcome = approval.kind === "outcome";
  return (
    <Stack gap="sm">
      {!isNamed && (
        <TextInput
          label="Your name"
          description="Nobody has to sign in here, so that this name is taken as it is."
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
        />
      )}
      <Textarea
        label="Comment"
        autosize
        minRows={2}
        value={comment}
        onChange={(event) => setComment(event.currentTarget.value)}
      />
      {answer.error && (
        <Text size="sm" role="alert" c="var(--status-failed)">
          {messageOf(answer.error)}
        </Text>
      )}
      <Group grow>
        <WriteButton
          style={APPROVE}
          leftSection={<Check size={16} />}
          loading={answer.isPending}
          onClick={() => give(true)}
        >
          {isOutcome ? "It happened" : "Approve"}
        </WriteButton>
        <WriteButton
          variant="default"
          c="var(--status-failed)"
          leftSection={<X size={16} />}
          disabled={answer.isPending}
          onClick={() => give(false)}
        >
          {isOutcome ? "It did not happen" : "Reject"}
        </WriteButton>
      </Group>
    </Stack>
  );
}

function useAnswer(approval: Approval) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (answer: Answer) => decide(approval.id, answer),
    onSuccess: (decided, { approved }) => {
      noteAction();
      queries.setQueryData(["approval", approval.id], decided);
      notifications.show({
        message: `${approved ? "Approved" : "Rejected"}: ${titleOf(approval)}.${decided.status === "PENDING" ? " More people have to approve." : " The execution goes on."}`,
      });
    },
    // A refusal usually means that somebody else was faster: show what is there now.
    onSettled: () => {
      for (const key of ["inbox", "approvalCounts", "approval"]) void queries.invalidateQueries({ queryKey: [key] });
    },
  });
}
