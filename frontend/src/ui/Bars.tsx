/** A small bar chart; its name has the highest bar, and the last one, for those who do not see it. */

import "./bars.css";

export function Bars({ values, label }: { values: number[]; label: string }) {
  const most = Math.max(1, ...values);
  return (
    <svg
      className="bars"
      viewBox={`0 0 ${values.length * 5} 24`}
      preserveAspectRatio="none"
      role="img"
      aria-label={`${label}: at most ${Math.max(0, ...values)}, in the last ${values.at(-1) ?? 0}`}
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
