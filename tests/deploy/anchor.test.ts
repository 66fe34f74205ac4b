/** Anchor's own tools are not run here: what their file states is held against the repository instead. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { BREAKWATER_PROGRAM_ADDRESS } from '@breakwater/client';
import { parse } from 'smol-toml';
import { expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const read = (path: string): string => readFileSync(ROOT + path, 'utf8');

/** What may be in an `Anchor.toml` of Anchor 1.x, as far as this one uses it. */
type AnchorFile = {
  toolchain: { anchor_version: string; package_manager: string };
  features: { resolution: boolean; 'skip-lint': boolean };
  programs: Record<string, Record<string, string>>;
  provider: { cluster: string; wallet: string };
  workspace: { members: string[] };
  scripts: Record<string, string>;
};

const file = parse(read('Anchor.toml')) as unknown as AnchorFile;

test('every section is one that Anchor 1.x reads: the registry is gone', () => {
  expect(Object.keys(file).sort()).toEqual(['features', 'programs', 'provider', 'scripts', 'toolchain', 'workspace']);
});

test('the version is that of the library the program is built with', () => {
  const manifest = parse(read('programs/breakwater/Cargo.toml')) as unknown as {
    dependencies: Record<string, { version?: string }>;
  };
  expect(manifest.dependencies['anchor-lang']?.version).toBe(`=${file.toolchain.anchor_version}`);
  expect(existsSync(`${ROOT}package-lock.json`)).toBe(true);
  expect(file.toolchain.package_manager).toBe('npm');
});

test('on every cluster the program has the address it declares', () => {
  const declared = /declare_id!\("(\w+)"\)/.exec(read('programs/breakwater/src/lib.rs'))?.[1];
  expect(declared).toBe(BREAKWATER_PROGRAM_ADDRESS);
  expect(Object.keys(file.programs).sort()).toEqual(['devnet', 'localnet', 'mainnet']);
  for (const addresses of Object.values(file.programs)) expect(addresses).toEqual({ breakwater: declared });
  for (const cluster of Object.keys(file.programs)) {
    const config = JSON.parse(read(`migrations/config/${cluster}.json`)) as {
      cluster: string;
      program: { id: string };
    };
    expect(config).toMatchObject({ cluster, program: { id: declared } });
  }
});

test("the workspace is the one program there is, with the features Anchor's commands switch on", () => {
  expect(file.workspace.members).toEqual(['programs/breakwater']);
  expect(readdirSync(`${ROOT}programs`)).toEqual(['breakwater']);
  const manifest = parse(read('programs/breakwater/Cargo.toml')) as unknown as {
    package: { name: string };
    lib: { 'crate-type': string[] };
    features: Record<string, string[]>;
  };
  expect(manifest.package.name).toBe('breakwater');
  expect(manifest.lib['crate-type']).toContain('cdylib');
  // `anchor build` makes the IDL with this feature; `resolution` writes how its accounts are found.
  expect(manifest.features['idl-build']).toContain('anchor-lang/idl-build');
  expect(manifest.features).toMatchObject({ cpi: ['no-entrypoint'], 'no-idl': [], 'no-log-ix-name': [] });
  expect(file.features.resolution).toBe(true);
});

test('commands go to a local network unless told otherwise, and every script is a target of the Makefile', () => {
  expect(file.provider.cluster).toBe('localnet');
  const makefile = read('Makefile');
  for (const script of Object.values(file.scripts)) {
    const target = /^make ([a-z-]+)$/.exec(script)?.[1];
    expect(target, script).toBeDefined();
    expect(makefile).toMatch(new RegExp(`^${target}:`, 'm'));
  }
  expect(file.scripts['test']).toBeDefined();
});
