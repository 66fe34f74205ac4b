/** A project like anybody's: what `npm pack` makes of the client is installed in a folder that sees no other package. */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { assessment } from '../../app/client/dist/assess.js';
import { Words } from '../../app/client/dist/engine/words.js';
import { output } from './run.js';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** Accounts and markets as the chain holds them, and the reports the native engine made of them: `breakwater-sim vectors`. */
const VECTORS = here('../../target/vectors/vectors.json');

type Day = {
  readonly now: readonly [string, string];
  readonly markets: readonly unknown[];
  readonly kinds: readonly unknown[];
  readonly accounts: readonly { readonly account: unknown; readonly report: string }[];
};

/** A day of many markets: what the consumer is handed. */
const { days } = JSON.parse(readFileSync(VECTORS, 'utf8')) as { readonly days: readonly Day[] };
const [day] = [...days].sort((a, b) => b.markets.length - a.markets.length);
if (day === undefined) throw new Error(`${VECTORS} has no day`);
const { now, markets, kinds, accounts } = day;

/** A report the native engine wrote, as the client tells it. */
function told(report: string): unknown {
  const bytes = Buffer.from(report, 'base64');
  const buffer = new ArrayBuffer(bytes.length);
  new Uint8Array(buffer).set(bytes);
  const found = assessment(new Words({ buffer }), 0);
  return JSON.parse(JSON.stringify(found, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value)));
}

/** What the native engine says of each account. */
export const expected: readonly unknown[] = accounts.map(({ report }) => told(report));

export type Consumer = { readonly folder: string; remove(): void };

type Locked = { readonly version?: string };

/**
 * The versions of this repository's lock file, so that a release of somebody else's package changes nothing here. A package
 * it has in several versions is left to whoever asks for one.
 */
function lockedVersions(): Record<string, string> {
  const { packages } = JSON.parse(readFileSync(here('../../package-lock.json'), 'utf8')) as {
    packages: Record<string, Locked>;
  };
  const versions = new Map<string, Set<string>>();
  for (const [path, { version }] of Object.entries(packages)) {
    const name = path.split('node_modules/').at(-1) ?? '';
    if (path.includes('node_modules/') && version !== undefined)
      versions.set(name, (versions.get(name) ?? new Set()).add(version));
  }
  return Object.fromEntries([...versions].flatMap(([name, [one, more]]) => (one && !more ? [[name, one]] : [])));
}

/** Packs the client; the archive's path. */
async function packed(folder: string): Promise<string> {
  const client = here('../../app/client');
  const name = await output('npm', ['pack', '--silent', '--ignore-scripts', '--pack-destination', folder], client);
  return join(folder, name.trim());
}

/** Outside the repository: a package that the client uses without naming it must not be found further up. */
export async function installConsumer(type: 'module' | 'commonjs' = 'module'): Promise<Consumer> {
  const folder = mkdtempSync(join(tmpdir(), 'breakwater-consumer-'));
  const archive = await packed(folder);
  const dependencies = { '@breakwater/client': `file:${archive}` };
  const manifest = { name: 'consumer', private: true, type, dependencies, overrides: lockedVersions() };
  writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest));
  cpSync(here(type === 'module' ? 'consumer' : 'commonjs'), folder, { recursive: true });
  // A module and not JSON, which Node and bundlers import in ways of their own.
  const fixture = { now, markets, kinds, accounts: accounts.map(({ account }) => account) };
  const exported = type === 'module' ? 'export default' : 'module.exports =';
  writeFileSync(join(folder, 'fixture.js'), `${exported} ${JSON.stringify(fixture)};`);
  // Everything has been in npm's cache since the repository's own packages were installed.
  await output('npm', ['install', '--prefer-offline', '--ignore-scripts', '--no-audit', '--no-fund'], folder);
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  return { folder, remove };
}
