/** Ticks of a time axis at round numbers, some pixels apart. */

import { durationText } from "../ui/time";
import { place, type Segment } from "./fold";

export interface Tick {
  moment: number;
  at: number;
  text: string;
}

/** Pixels between two ticks, at least. */
const APART = 84;
const STEPS = [
  1, 2, 5, 10, 20, 50, 100, 200, 500, 1e3, 2e3, 5e3, 1e4, 15e3, 3e4, 6e4, 12e4, 3e5, 6e5, 9e5, 18e5, 36e5, 72e5, 216e5,
  432e5, 864e5, 1728e5, 6048e5, 2592e6,
];

/** The ticks, counted from `start`. */
export function ticksOf(segments: Segment[], start: number): Tick[] {
  const ticks: Tick[] = [];
  for (const segment of segments) {
    if (segment.folded || segment.width < APART / 2) continue;
    const perPixel = (segment.to - segment.from) / segment.width;
    const step = STEPS.find((each) => each / perPixel >= APART) ?? (STEPS[STEPS.length - 1] as number);
    const first = Math.ceil((segment.from - start) / step) * step + start;
    for (let moment = first; moment <= segment.to; moment += step) {
      const at = place(segments, moment);
      const last = ticks[ticks.length - 1];
      // Close to the right edge of its part, the text of a tick would lie over what follows.
      if ((last && at - last.at < APART) || segment.start + segment.width - at < 36) continue;
      ticks.push({ moment, at, text: moment === start ? "0" : `+${durationText(moment - start)}` });
    }
  }
  return ticks;
}
