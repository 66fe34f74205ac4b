/** How prices wander on a local network. */

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

/** A first price after some steps, at two decimals. */
export function priceAt(first: string, path: Path, step: number): string {
  const cents = Math.round((Number(first) * 100 * path(step)) / WHOLE);
  return (cents / 100).toFixed(2);
}
