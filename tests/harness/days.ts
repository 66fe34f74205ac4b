/** Time by hours and days, while the feeds go on publishing. */
import type { Stage } from '@breakwater/localnet';

/** Seconds of a day. */
export const DAY = 86_400;
const HALF_HOUR = 1_800;
const PHASE_NORMAL = 0;
/** More half-hours than any market takes to calm down. */
const LOOKS = 100;

/** Lets days pass; every feed shows what it showed, and every market is refreshed. */
export async function days(stage: Stage, count: number): Promise<void> {
  await stage.network.advanceSeconds(count * DAY);
  await stage.network.republish();
  await stage.refreshAll();
}

/** Lets time pass until a market is back in its normal phase: half an hour at a time, since somebody must look on the way. */
export async function calm(stage: Stage, market: string): Promise<void> {
  for (let look = 0; look < LOOKS; look += 1) {
    await stage.network.advanceSeconds(HALF_HOUR);
    await stage.network.republish();
    await stage.refreshAll();
    const { stance } = (await stage.view(market)).market;
    if (stance.phase === PHASE_NORMAL) return;
  }
  throw new Error(`${market} does not calm down`);
}
