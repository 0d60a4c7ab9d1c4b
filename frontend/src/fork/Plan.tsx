/** What a fork will do: the steps that it keeps, the nodes that run again, and the effects that are repeated. */

import { Checkbox, Stack, Text, Title } from "@mantine/core";
import { Link2, Repeat } from "lucide-react";
import type { ForkPlan } from "../api/forks";
import type { AgainRead } from "../client/types.gen";
import { Notice } from "../ui/Notice";
import { Time } from "../ui/Time";

/** Names in a list; the others are counted. */
const SHOWN = 12;

interface PlanProps {
  plan: ForkPlan;
  isAgreed: boolean;
  onAgree: (isAgreed: boolean) => void;
  /** The graph on which it is drawn. */
  children?: React.ReactNode;
}

export function Plan({ plan, isAgreed, onAgree, children }: PlanProps) {
  const effects = plan.again.filter((each) => each.effects);
  return (
    <Stack gap="sm" component="section" aria-label="What will happen">
      <Title order={2}>What will happen</Title>
      <div className="plan">
        <Names icon={<Link2 size={15} aria-hidden />} title="Kept" names={plan.kept.map((each) => each.node_id)}>
          Their outputs are used again; nothing is repeated.
        </Names>
        <Names
          icon={<Repeat size={15} aria-hidden />}
          title="Runs again"
          names={plan.again.map((each) => each.node_id)}
        >
          From the chosen step on, as far as the way leads.
        </Names>
      </div>
      {children}
      {plan.warnings.map((warning) => (
        <Notice key={warning} tone="warning">
          {warning}
        </Notice>
      ))}
      {effects.length > 0 && (
        <Notice tone="warning" title="Effects outside are repeated">
          <Stack gap={6}>
            {effects.slice(0, SHOWN).map((each) => (
              <Effect key={each.node_id} again={each} />
            ))}
            {effects.length > SHOWN && <Text size="sm">and {effects.length - SHOWN} more</Text>}
            <Checkbox
              mt={4}
              label="Repeat these effects"
              checked={isAgreed}
              onChange={(event) => onAgree(event.currentTarget.checked)}
            />
          </Stack>
        </Notice>
      )}
    </Stack>
  );
}

function Effect({ again }: { again: AgainRead }) {
  const last = again.last_effect;
  return (
    <Text size="sm" style={{ overflowWrap: "anywhere" }}>
      <strong>{again.node_id}</strong>{" "}
      {last ? (
        <>
          was done <Time at={last.at} /> and answered <code>{last.summary}</code>; it is done again
        </>
      ) : (
        "has no recorded answer; it is done again"
      )}
    </Text>
  );
}

interface NamesProps {
  icon: React.ReactNode;
  title: string;
  names: string[];
  children: React.ReactNode;
}

function Names({ icon, title, names, children }: NamesProps) {
  const shown = [...new Set(names)];
  return (
    <div className="panel plan-part">
      <Text size="sm" fw={600} className="plan-title">
        {icon}
        {title} <span className="quiet">{shown.length}</span>
      </Text>
      <Text size="xs" className="quiet">
        {children}
      </Text>
      <Text size="sm" mt={6} style={{ overflowWrap: "anywhere" }}>
        {shown.slice(0, SHOWN).join(", ") || "none"}
        {shown.length > SHOWN && ` and ${shown.length - SHOWN} more`}
      </Text>
    </div>
  );
}
