/** Moments and durations in words. */

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** A length of time with its two largest units: "3 m 12 s". */
export function durationText(ms: number): string {
  if (ms < 0) return `-${durationText(-ms)}`;
  if (ms < SECOND) return `${Math.round(ms)} ms`;
  if (ms < 10 * SECOND) return `${(ms / SECOND).toFixed(1)} s`;
  if (ms < MINUTE) return `${Math.round(ms / SECOND)} s`;
  if (ms < HOUR) return twoUnits(ms, MINUTE, "m", SECOND, "s");
  if (ms < DAY) return twoUnits(ms, HOUR, "h", MINUTE, "m");
  return twoUnits(ms, DAY, "d", HOUR, "h");
}

function twoUnits(ms: number, large: number, largeName: string, small: number, smallName: string): string {
  const rest = Math.floor((ms % large) / small);
  return `${Math.floor(ms / large)} ${largeName}${rest ? ` ${rest} ${smallName}` : ""}`;
}

/** A moment as its distance from now: "2 m ago", "in 3 h". */
export function relativeText(moment: Date, now: Date): string {
  const distance = now.getTime() - moment.getTime();
  if (Math.abs(distance) < 5 * SECOND) return "just now";
  const length = oneUnit(Math.abs(distance));
  return distance > 0 ? `${length} ago` : `in ${length}`;
}

function oneUnit(ms: number): string {
  if (ms < MINUTE) return `${Math.floor(ms / SECOND)} s`;
  if (ms < HOUR) return `${Math.floor(ms / MINUTE)} m`;
  if (ms < DAY) return `${Math.floor(ms / HOUR)} h`;
  return `${Math.floor(ms / DAY)} d`;
}

/** A moment in the user's time zone and in UTC. */
export function absoluteText(moment: Date): string {
  const local = moment.toLocaleString(undefined, { dateStyle: "medium", timeStyle: "medium" });
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  return zone === "UTC"
    ? `${local} UTC`
    : `${local} (${zone}) · ${moment.toISOString().slice(0, 19).replace("T", " ")} UTC`;
}
