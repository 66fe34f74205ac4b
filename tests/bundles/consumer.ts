/** A project like anybody's: what `npm pack` makes of the client is installed in a folder that sees no other package. */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { output } from './run.js';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** Accounts and markets as the chain holds them, the time, and what the engine itself says of each account. */
const FIXTURE = here('stand-in/fixture.json');

export type Fixture = { readonly results: readonly unknown[] };

export const fixture = JSON.parse(readFileSync(FIXTURE, 'utf8')) as Fixture;

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
export async function installConsumer(): Promise<Consumer> {
  const folder = mkdtempSync(join(tmpdir(), 'breakwater-consumer-'));
  const archive = await packed(folder);
  const dependencies = { '@breakwater/client': `file:${archive}` };
  const manifest = { name: 'consumer', private: true, type: 'module', dependencies, overrides: lockedVersions() };
  writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest));
  cpSync(here('consumer'), folder, { recursive: true });
  cpSync(here('stand-in'), join(folder, 'stand-in'), { recursive: true });
  // A module and not JSON, which Node and bundlers import in ways of their own.
  writeFileSync(join(folder, 'fixture.js'), `export default ${readFileSync(FIXTURE, 'utf8')};`);
  // Everything has been in npm's cache since the repository's own packages were installed.
  await output('npm', ['install', '--prefer-offline', '--ignore-scripts', '--no-audit', '--no-fund'], folder);
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  return { folder, remove };
}
