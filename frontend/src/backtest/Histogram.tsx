/** The matches of both rules over time, as stacked bars, with the same numbers as a table. */

import { Button, Group, Table, Text, Title } from "@mantine/core";
import { useElementSize } from "@mantine/hooks";
import { useState } from "react";
import type { Backtest } from "../api/backtests";
import type { BucketRead } from "../client/types.gen";
import { Notice } from "../ui/Notice";
import { burstOf, chartOf, SERIES, type Series, sumOf } from "./chart";
import { setsOf } from "./sets";

const HEIGHT = 132;

export function Histogram({ backtest }: { backtest: Backtest }) {
  const [isTable, setTable] = useState(false);
  const { ref, width } = useElementSize();
  const { buckets, from, to } = backtest;
  const chart = chartOf(buckets, from, to, { width: Math.max(200, width), height: HEIGHT });
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const names = namesOf(backtest);
  return (
    <section className="panel histogram">
      <Group justify="space-between" gap="sm">
        <Group gap="sm" align="baseline">
          <Title order={2}>Matches over time</Title>
          <Text size="xs" className="quiet">
            highest bar: {chart.most.toLocaleString()}
          </Text>
        </Group>
        <Group gap="md">
          <Legend names={names} />
          <Button size="compact-xs" variant="default" aria-pressed={isTable} onClick={() => setTable(!isTable)}>
            {isTable ? "Show as chart" : "Show as table"}
          </Button>
        </Group>
      </Group>
      {isTable ? (
        <BucketTable buckets={buckets} names={names} zone={zone} />
      ) : (
        <div ref={ref}>
          <svg width="100%" height={HEIGHT} role="img" aria-label={textOf(buckets, names)} className="chart">
            <Patterns />
            {chart.bars.map((bar) => (
              <g key={bar.bucket.from}>
                <title>{`${momentText(bar.bucket.from)}: ${partsText(bar.bucket, names)}`}</title>
                <rect x={bar.x} y={0} width={bar.width} height={HEIGHT} className="chart-hit" />
                {bar.parts.map((part) => (
                  <rect
                    key={part.series}
                    x={bar.x}
                    y={part.y}
                    width={bar.width}
                    height={part.height}
                    data-series={part.series}
                  />
                ))}
              </g>
            ))}
          </svg>
          <Group justify="space-between" className="chart-axis">
            <Text size="xs">{momentText(from)}</Text>
            <Text size="xs">
              {momentText(to)} ({zone})
            </Text>
          </Group>
        </div>
      )}
      <BurstWarning buckets={buckets} />
    </section>
  );
}

type Names = Partial<Record<Series, string>>;

/** The names of the series that there are. */
function namesOf({ compare_to, counts }: Backtest): Names {
  const sets = setsOf(compare_to !== null).filter((set) => counts[set.value] > 0);
  return Object.fromEntries(
    SERIES.flatMap((series) => sets.filter((set) => set.value === series).map((set) => [series, set.label])),
  );
}

/** Diagonals and dots, so that the series differ without their colours too. */
function Patterns() {
  return (
    <defs>
      <pattern id="chart-new" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
        <rect width="6" height="6" className="chart-ground" />
        <rect width="3.4" height="6" className="chart-mark" />
      </pattern>
      <pattern id="chart-lost" width="5" height="5" patternUnits="userSpaceOnUse">
        <rect width="5" height="5" className="chart-ground" />
        <circle cx="2.5" cy="2.5" r="1.6" className="chart-mark" />
      </pattern>
    </defs>
  );
}

function Legend({ names }: { names: Names }) {
  return (
    <Group gap="md">
      {SERIES.filter((series) => names[series]).map((series) => (
        <Group key={series} gap={6} wrap="nowrap">
          <svg width={14} height={14} aria-hidden="true" className="chart">
            <rect width={14} height={14} rx={3} data-series={series} />
          </svg>
          <Text size="xs">{names[series]}</Text>
        </Group>
      ))}
    </Group>
  );
}

function BucketTable({ buckets, names, zone }: { buckets: BucketRead[]; names: Names; zone: string }) {
  const shown = SERIES.filter((series) => names[series]);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, and must be reached without a mouse
    <section className="chart-table" tabIndex={0} aria-label="Matches over time as a table">
      <Table verticalSpacing={5}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>From ({zone})</Table.Th>
            {shown.map((series) => (
              <Table.Th key={series} ta="right">
                {names[series]}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {buckets
            .filter((bucket) => sumOf(bucket) > 0)
            .map((bucket) => (
              <Table.Tr key={bucket.from}>
                <Table.Td>{momentText(bucket.from)}</Table.Td>
                {shown.map((series) => (
                  <Table.Td key={series} ta="right">
                    {bucket[series].toLocaleString()}
                  </Table.Td>
                ))}
              </Table.Tr>
            ))}
        </Table.Tbody>
      </Table>
    </section>
  );
}

function BurstWarning({ buckets }: { buckets: BucketRead[] }) {
  const burst = burstOf(buckets);
  if (!burst) return null;
  return (
    <Notice tone="warning">
      From {momentText(burst.bucket.from)} to {momentText(burst.bucket.to)}, this rule would have matched{" "}
      {burst.would.toLocaleString()} events; the current trigger matched at most {burst.usual.toLocaleString()} in such
      a time.
    </Notice>
  );
}

function momentText(at: string): string {
  return new Date(at).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
}

function partsText(bucket: BucketRead, names: Names): string {
  const parts = SERIES.filter((series) => bucket[series] > 0).map(
    (series) => `${bucket[series].toLocaleString()} ${(names[series] ?? series).toLowerCase()}`,
  );
  return parts.join(", ") || "none";
}

/** The chart in words. */
function textOf(buckets: BucketRead[], names: Names): string {
  const highest = buckets.reduce((best, each) => (sumOf(each) > sumOf(best) ? each : best));
  return `Matches over time; most at ${momentText(highest.from)}: ${partsText(highest, names)}. The table has all numbers.`;
}
