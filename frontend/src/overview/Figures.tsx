/** The numbers of the last hour, each with its course and the list that it counts. */

import { SimpleGrid, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { overviewQuery } from "../api/overview";
import type { HourRead } from "../client/types.gen";
import { Bars } from "../ui/Bars";

/** The server counts approvals up to here. */
const MOST = 1000;

export function Figures() {
  const { data } = useQuery(overviewQuery());
  return (
    <section aria-label="The last hour">
      <SimpleGrid cols={{ base: 2, md: 4 }}>
        <Link to="/events" search={{ range: "hour" }} className="panel tile">
          <Figure name="Events" value={hourText(data?.events)} note="in the last hour" hour={data?.events} />
        </Link>
        <Link to="/executions" search={{ range: "hour" }} className="panel tile">
          <Figure
            name="Executions started"
            value={hourText(data?.started)}
            note="in the last hour"
            hour={data?.started}
          />
        </Link>
        <Link to="/executions" search={{ status: "FAILED" }} className="panel tile" data-tone="failed">
          <Figure
            name="Executions failed"
            value={hourText(data?.failed)}
            tone={data?.failed.count ? "var(--status-failed)" : undefined}
            note="in the last hour"
            hour={data?.failed}
          />
        </Link>
        <Link to="/approvals" className="panel tile" data-tone="waiting">
          <Figure
            name="Approvals waiting"
            value={data && (data.waiting > MOST ? "1,000+" : String(data.waiting))}
            tone={data?.waiting ? "var(--status-waiting)" : undefined}
            note={data?.due_soon ? `${data.due_soon} due within a day` : "bars: asked in the last hour"}
            hour={data?.asked}
          />
        </Link>
      </SimpleGrid>
    </section>
  );
}

function hourText(hour: HourRead | undefined): string | undefined {
  return hour && hour.count.toLocaleString("en") + (hour.is_more ? "+" : "");
}

interface FigureProps {
  name: string;
  value: string | undefined;
  tone?: string;
  note: string;
  hour: HourRead | undefined;
}

function Figure({ name, value, tone, note, hour }: FigureProps) {
  return (
    <>
      <Text size="sm" className="quiet">
        {name}
      </Text>
      <span className="tile-value" style={{ color: tone }}>
        {value ?? "–"}
      </span>
      <Text size="xs" className="quiet">
        {note}
      </Text>
      <Bars values={hour?.bars ?? new Array(24).fill(0)} label={`${name} in each part of the last hour`} />
    </>
  );
}
