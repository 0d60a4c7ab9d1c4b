/** Which visit of a node, and which attempt of it, is shown: a stepper, and those that failed. */

import { ActionIcon, Group, Text } from "@mantine/core";
import { ChevronLeft, ChevronRight } from "lucide-react";
import type { NodeLine } from "../api/executions";
import type { StepLine, WholeStep } from "../api/steps";
import { lookOf } from "../status";
import { NumberField } from "../ui/NumberField";

/** Visits that failed and are named. */
const SHOWN = 8;

interface VisitPickerProps {
  line: NodeLine;
  step: WholeStep;
  /** Steps of the node that failed. */
  failures: StepLine[];
  onVisit: (visit: number) => void;
  onStep: (stepId: string) => void;
}

export function VisitPicker({ line, step, failures, onVisit, onStep }: VisitPickerProps) {
  const attempts = step.attempts ?? [];
  return (
    <div className="visits">
      {line.visits > 1 && <Visits line={line} visit={step.visit} onVisit={onVisit} />}
      {line.visits > 1 && failures.length > 0 && <Failed failures={failures} shown={step.id} onStep={onStep} />}
      {attempts.length > 1 && (
        <Group gap={6} role="group" aria-label="Attempts">
          <Text size="xs" className="quiet">
            Attempt
          </Text>
          {attempts.map((each) => (
            <StepChip
              key={each.id}
              number={each.attempt}
              name={`Attempt ${each.attempt}`}
              status={each.status}
              isShown={each.id === step.id}
              onChoose={() => onStep(each.id)}
            />
          ))}
        </Group>
      )}
    </div>
  );
}

function Visits({ line, visit, onVisit }: { line: NodeLine; visit: number; onVisit: (visit: number) => void }) {
  const go = (next: number) => next >= 1 && next <= line.visits && next !== visit && onVisit(next);
  const counts = Object.entries(line.counts).map(([status, count]) => `${count} ${lookOf(status).word.toLowerCase()}`);
  return (
    <Group gap={6} wrap="nowrap">
      <ActionIcon
        variant="default"
        size="sm"
        aria-label="Previous visit"
        disabled={visit <= 1}
        onClick={() => go(visit - 1)}
      >
        <ChevronLeft size={14} />
      </ActionIcon>
      <Text size="sm">Visit</Text>
      <NumberField
        key={visit}
        aria-label="Visit"
        size="xs"
        w={74}
        max={line.visits}
        defaultValue={visit}
        onBlur={(event) => go(Number(event.currentTarget.value))}
        onKeyDown={(event) => event.key === "Enter" && go(Number(event.currentTarget.value))}
      />
      <Text size="sm">of {line.visits.toLocaleString()}</Text>
      <ActionIcon
        variant="default"
        size="sm"
        aria-label="Next visit"
        disabled={visit >= line.visits}
        onClick={() => go(visit + 1)}
      >
        <ChevronRight size={14} />
      </ActionIcon>
      <Text size="xs" className="quiet cut" title={counts.join(", ")}>
        {counts.join(", ")}
      </Text>
    </Group>
  );
}

function Failed({ failures, shown, onStep }: { failures: StepLine[]; shown: string; onStep: (id: string) => void }) {
  return (
    <Group gap={6} role="group" aria-label="Visits that failed">
      <Text size="xs" className="quiet">
        Failed
      </Text>
      {failures.slice(0, SHOWN).map((each) => (
        <StepChip
          key={each.id}
          number={each.visit}
          name={`Visit ${each.visit}, attempt ${each.attempt}`}
          status={each.status}
          isShown={each.id === shown}
          onChoose={() => onStep(each.id)}
        />
      ))}
      {failures.length > SHOWN && (
        <Text size="xs" className="quiet">
          and {failures.length - SHOWN} more in Steps
        </Text>
      )}
    </Group>
  );
}

interface StepChipProps {
  number: number;
  name: string;
  status: string;
  isShown: boolean;
  onChoose: () => void;
}

function StepChip({ number, name, status, isShown, onChoose }: StepChipProps) {
  const { icon: Icon, word } = lookOf(status);
  return (
    <button
      type="button"
      className="step-chip"
      aria-pressed={isShown}
      aria-label={`${name}: ${word.toLowerCase()}`}
      title={`${name}: ${word.toLowerCase()}`}
      onClick={onChoose}
    >
      <Icon size={11} aria-hidden /> {number}
    </button>
  );
}
