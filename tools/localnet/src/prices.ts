/** How prices move on a local network. */

/** A price path: the price after so many steps, as a multiple of the first, in millionths. */
export type Path = (step: number) => number;

const WHOLE = 1_000_000;

/** A walk that never strays far: three waves of different length, the same every time. */
export function calm(seed: number): Path {
  const wave = (step: number, period: number, height: number): number =>
    Math.round(Math.sin((2 * Math.PI * (step + seed * 17)) / period) * height);
  return (step) =>
    WHOLE +
    wave(step, 61, 4_000) +
    wave(step, 233, 9_000) +
    wave(step, 19, 800) -
    wave(0, 61, 4_000) -
    wave(0, 233, 9_000) -
    wave(0, 19, 800);
}

/** The afternoon of 10 October 2025 in short: a slide, a fall through it, a rebound. */
export function crash(depth: number): Path {
  const anchors = [
    [0, 0],
    [40, 0.1],
    [70, 0.35],
    [80, 1],
    [95, 0.75],
    [140, 0.55],
    [240, 0.5],
  ] as const;
  return (step) => WHOLE - Math.round(depth * WHOLE * between(anchors, step));
}

/** Straight lines between anchors; the last one holds. */
function between(anchors: readonly (readonly [number, number])[], step: number): number {
  const after = anchors.findIndex(([at]) => at > step);
  if (after < 0) return anchors.at(-1)?.[1] ?? 0;
  const [[fromAt, from], [toAt, to]] = [anchors[Math.max(after - 1, 0)] ?? [0, 0], anchors[after] ?? [0, 0]];
  return toAt === fromAt ? to : from + ((to - from) * (step - fromAt)) / (toAt - fromAt);
}

/** A first price after some steps, at two decimals. */
export function priceAt(first: string, path: Path, step: number): string {
  const cents = Math.round((Number(first) * 100 * path(step)) / WHOLE);
  return (cents / 100).toFixed(2);
}
