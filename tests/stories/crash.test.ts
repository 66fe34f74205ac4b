import { expect, test } from 'vitest';
import { units } from '@breakwater/client';
import { Network, Play, playDay, quoted, readDay, setupOf, Stage, stepAt, summary } from '@breakwater/localnet';

/** The minutes in which the demo's day breaks, a step each, as fast as it goes. */
const PACE = { from: 64, to: 78, speed: 0, stride: 4 } as const;

test(
  "the crash plays the demo's day: every tier is reached and every atom is there",
  { timeout: 400_000 },
  async () => {
    const network = await Network.start();
    try {
      const day = readDay();
      const first = stepAt(day, PACE.from);
      const stage = await Stage.open(network, setupOf(day, first, 'bare'));
      const play = await Play.open(stage, day, first);
      const said: string[] = [];
      const audit = await playDay(stage, play, PACE, (line) => said.push(line));

      expect(audit.faults).toEqual([]);
      const { partialLiquidations, resolutions, insured, deleveraged, absorbed, socialised } = audit.tally;
      for (const tier of [partialLiquidations, resolutions, insured, deleveraged, absorbed, socialised]) {
        expect(tier).toBeGreaterThan(0n);
      }
      // The prices are the demo's own, to its last digit, and the marks ended there.
      for (const { name, prices, lot_exponent } of day.markets) {
        const shown = units.price(quoted(prices[stepAt(day, PACE.to)] ?? 0), lot_exponent);
        expect((await stage.view(name)).market.mark.price).toBe(shown);
      }
      expect(said).toHaveLength(PACE.to - PACE.from + 1);
      expect(summary(audit, day).at(-1)).toContain('is accounted for');
    } finally {
      network.stop();
    }
  },
);
