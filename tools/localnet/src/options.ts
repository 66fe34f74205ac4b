/** What `make localnet` can be told. */
import { parseArgs } from 'node:util';
import type { Defaults } from '@breakwater/client';

/** How it is to run. */
export type Options = {
  readonly scenario: 'calm' | 'crash';
  readonly rpcPort: number;
  readonly wsPort: number;
  /** Where the addresses are written. */
  readonly out: string | undefined;
  /** Parameters that markets and exchange start from. */
  readonly defaults: Defaults;
  /** How many times faster than the clock the crash is played; 0: as fast as it goes. */
  readonly speed: number;
  /** Minutes of the day that the crash plays. */
  readonly from: number;
  readonly to: number;
  /** The day's file. */
  readonly day: string | undefined;
  /** Steps after which it ends by itself. */
  readonly steps: number;
};

const USAGE = `make localnet ARGS="..."
  --scenario calm|crash   prices that wander, or the demo's day (calm)
  --bare                  the waterfall alone: no dynamic margin, no breakers, no bound on outflow
  --rpc-port N            JSON-RPC (8899; 0: any that is free)
  --ws-port N             WebSocket (8900; 0: any that is free)
  --out FILE              where the addresses are written (target/localnet.json)
  --speed N               crash: so many times faster than the clock (30; 0: as fast as it goes)
  --from M --to M         crash: minutes of the day to play (0, 120)
  --day FILE              crash: another day, as breakwater-sim day writes it
  --steps N               ends after so many steps; crash: ends with the day, any N`;

/** Reads the command line; throws what to write instead. */
export function optionsOf(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      scenario: { type: 'string', default: 'calm' },
      bare: { type: 'boolean', default: false },
      'rpc-port': { type: 'string', default: '8899' },
      'ws-port': { type: 'string', default: '8900' },
      out: { type: 'string' },
      speed: { type: 'string', default: '30' },
      from: { type: 'string', default: '0' },
      to: { type: 'string', default: '120' },
      day: { type: 'string' },
      steps: { type: 'string', default: 'Infinity' },
    },
  });
  const { scenario } = values;
  if (scenario !== 'calm' && scenario !== 'crash') throw new Error(`no scenario ${scenario}\n${USAGE}`);
  return {
    scenario,
    rpcPort: number('rpc-port', values['rpc-port'], 65_535),
    wsPort: number('ws-port', values['ws-port'], 65_535),
    out: values.out,
    defaults: values.bare ? 'bare' : 'standard',
    speed: number('speed', values.speed, 100_000),
    from: number('from', values.from, 120),
    to: number('to', values.to, 120),
    day: values.day,
    steps: number('steps', values.steps, Infinity),
  };
}

function number(name: string, text: string, most: number): number {
  const value = Number(text);
  if (!(value >= 0 && value <= most) || text === '') throw new Error(`--${name} ${text}: from 0 to ${most}\n${USAGE}`);
  return value;
}
