/**
 * Takes the place of d3-color in the build: 3 kB of 320.
 *
 * React Flow animates places and zoom by d3, and never a colour, but d3-transition imports all that could be animated.
 */

/** The colour of a text; there is none, so that d3 takes the text as it is. */
export function color(): null {
  return null;
}

export { color as cubehelix, color as hcl, color as hsl, color as lab, color as rgb };
