/** A small bar chart; its numbers are in its name for those who do not see it. */

import "./bars.css";

export function Bars({ values, label }: { values: number[]; label: string }) {
  const most = Math.max(1, ...values);
  return (
    <svg
      className="bars"
      viewBox={`0 0 ${values.length * 5} 24`}
      preserveAspectRatio="none"
      role="img"
      aria-label={`${label}: ${values.join(", ")}`}
    >
      {values.map((value, index) => {
        const height = value ? Math.max(2, (22 * value) / most) : 1;
        return (
          <rect key={index} x={index * 5} y={24 - height} width={4} height={height} data-empty={!value || undefined} />
        );
      })}
    </svg>
  );
}
