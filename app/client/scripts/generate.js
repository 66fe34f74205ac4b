// Writes src/generated from idl/breakwater.json. Nothing there is edited or committed: it is what the IDL says.
import { existsSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rootNodeFromAnchor } from '@codama/nodes-from-anchor';
import { renderVisitor } from '@codama/renderers-js';
import { getProgramDerivedAddress } from '@solana/kit';
import { createFromRoot } from 'codama';
import { withWideNumbers } from './wide.js';

const folder = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));
const read = (path) => JSON.parse(readFileSync(folder(path), 'utf8'));
const idl = read('idl/breakwater.json');
const { Constants: constants, ...defaults } = read('idl/defaults.json');
const parameters = read('idl/parameters.json');

/** An event's own `kind` is called `which`: `kind` says what event it is. */
function asEvent({ name, type, ...rest }) {
  const fields = type.fields.map((field) => (field.name === 'kind' ? { ...field, name: 'which' } : field));
  return { ...rest, name: `${name}Event`, type: { ...type, fields } };
}

/** Events as plain types beside the others, so that they get decoders. */
function withEvents(types, events) {
  const names = new Set(events.map((event) => event.name));
  return types.map((type) => (names.has(type.name) ? asEvent(type) : type));
}

/** An account called like an instruction (`Stake`) is called `StakeAccount`: what is generated of both would clash. */
function withAccountNames({ accounts, types, instructions, ...rest }) {
  const taken = new Set(instructions.map(({ name }) => name.replaceAll('_', '')));
  const clashing = new Set(accounts.map(({ name }) => name).filter((name) => taken.has(name.toLowerCase())));
  const named = (one) => (clashing.has(one.name) ? { ...one, name: `${one.name}Account` } : one);
  return { ...rest, instructions, accounts: accounts.map(named), types: types.map(named) };
}

/** What the caller of no instruction should have to look up: the program, and the address its events are signed by. */
function withDefaults(instructions, program, eventAuthority) {
  const known = { event_authority: eventAuthority, program };
  const filled = (account) => (account.name in known ? { ...account, address: known[account.name] } : account);
  return instructions.map((instruction) => ({ ...instruction, accounts: instruction.accounts.map(filled) }));
}

const [eventAuthority] = await getProgramDerivedAddress({ programAddress: idl.address, seeds: ['__event_authority'] });
const types = withEvents(withWideNumbers(idl.types), idl.events);
const prepared = withAccountNames({
  ...idl,
  types,
  events: [],
  instructions: withDefaults(idl.instructions, idl.address, eventAuthority),
});
const codama = createFromRoot(rootNodeFromAnchor(prepared));
const options = { generatedFolder: 'src/generated', syncPackageJson: false, kitImportStrategy: 'rootOnly' };
await codama.accept(renderVisitor(folder('.'), options));

const quoted = (text) => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
const hex = (bytes) => bytes.map((byte) => byte.toString(16).padStart(2, '0')).join('');
const events = idl.events.map(({ name, discriminator }) => ({
  name,
  decoder: `get${name}EventDecoder`,
  discriminator,
}));
const parameter = ({ number, name, unit, waits, step, standard, least, most, error }) =>
  `    ${name}: { number: ${number}, unit: ${quoted(unit)}, waits: ${quoted(waits)}, step: ${step}n, ` +
  `standard: ${standard}n, least: ${least}n, most: ${most}n, error: ${quoted(error)} },`;
const named = (table, suffix = '') =>
  Object.entries(table)
    .map(([name, number]) => `${name}: ${number}${suffix}`)
    .join(', ');
const tables = `// Written by scripts/generate.js from the IDL: what Codama renders no table of.
import type { ReadonlyUint8Array } from '@solana/kit';
import {
${events.map(({ name, decoder }) => `  ${decoder},\n  type ${name}Event,`).join('\n')}
} from './types/index.js';

/** The address the program's events are signed by. */
export const EVENT_AUTHORITY = '${eventAuthority}';

/** Every error of the program: its number, its name and its sentence. */
export const ERRORS = [
${idl.errors.map(({ code, name, msg }) => `  { code: ${code}, name: ${quoted(name)}, sentence: ${quoted(msg)} },`).join('\n')}
] as const;

/** Every event of the program. */
export type ProgramEvent =
${events.map(({ name }) => `  | ({ kind: '${name}' } & ${name}Event)`).join('\n')};

/** Discriminator of an event, in hex, and what reads the rest. */
export const EVENTS: Readonly<Record<string, (data: ReadonlyUint8Array) => ProgramEvent>> = {
${events
  .map(
    ({ name, decoder, discriminator }) =>
      `  '${hex(discriminator)}': (data) => ({ kind: '${name}', ...${decoder}().decode(data) }),`,
  )
  .join('\n')}
};

/** The engine's own parameters, as instructions carry them, in hex. */
export const DEFAULTS = ${JSON.stringify(defaults)} as const;

/** Kinds of change, as a proposal holds them. */
export const CHANGE = { ${named(constants.change, 'n')} } as const;

/** Kinds of price source. */
export const SOURCE = { ${named(constants.source)} } as const;

/** What became of a proposal, as it holds it. */
export const PROPOSAL = { ${named(constants.proposal, 'n')} } as const;

/** Every parameter that has a number: how it may change. */
export const PARAMETERS = {
  market: {
${parameters.market.map(parameter).join('\n')}
  },
  exchange: {
${parameters.exchange.map(parameter).join('\n')}
  },
} as const;

/** Names of all instructions. */
export const INSTRUCTIONS = [${idl.instructions.map(({ name }) => quoted(name)).join(', ')}] as const;
`;
writeFileSync(folder('src/generated/tables.ts'), tables);

/** Node wants whole file names in imports; the renderer leaves them out. */
function withFileNames(path) {
  const named = (specifier) => {
    const target = join(dirname(path), specifier);
    const isFolder = existsSync(target) && statSync(target).isDirectory();
    return isFolder ? `${specifier}/index.js` : `${specifier}.js`;
  };
  const text = readFileSync(path, 'utf8');
  writeFileSync(
    path,
    text.replace(
      /(from |import\()(["'])(\.[^"']*)\2/g,
      (_, before, quote, specifier) => `${before}${quote}${named(specifier)}${quote}`,
    ),
  );
}

const accounts = prepared.accounts.map(({ name, discriminator }) => ({ name, discriminator }));
writeFileSync(
  folder('src/generated/discriminators.ts'),
  `// Written by scripts/generate.js from the IDL: what accounts of each type begin with.

/** The program that owns them. */
export const OWNER = '${idl.address}';

/** Discriminators by type, in hex. */
export const DISCRIMINATORS = {
${accounts.map(({ name, discriminator }) => `  ${name}: '${hex(discriminator)}',`).join('\n')}
} as const;
`,
);

/** Replaces what must be there, so that another renderer's output is noticed. */
function replaced(text, before, after) {
  if (!text.includes(before)) throw new Error(`the renderer no longer writes ${before}`);
  return text.replace(before, after);
}

/**
 * What is generated of an account decodes any bytes: other types, other programs. This makes its decoder ask for the
 * discriminator, and whoever fetches for the owner and the length too.
 */
function withCheckedType({ name }) {
  const file = `${name[0].toLowerCase()}${name.slice(1)}.ts`;
  const path = folder(`src/generated/accounts/${file}`);
  let text = readFileSync(path, 'utf8');
  text = replaced(
    text,
    "['discriminator', fixDecoderSize(getBytesDecoder(), 8)]",
    `['discriminator', getDiscriminatorDecoder('${name}')]`,
  );
  text = replaced(
    text,
    `return decodeAccount(encodedAccount as MaybeEncodedAccount<TAddress>, get${name}Decoder());`,
    `return decodeAccount(
    checkedAccount(encodedAccount as MaybeEncodedAccount<TAddress>, '${name}', get${name}Decoder().fixedSize),
    get${name}Decoder(),
  );`,
  );
  text = replaced(
    text,
    "} from '@solana/kit';",
    "} from '@solana/kit';\nimport { checkedAccount, getDiscriminatorDecoder } from '../../accountTypes.js';",
  );
  for (const unused of ['fixDecoderSize', 'getBytesDecoder']) {
    if (text.split(unused).length === 2) text = text.replace(`  ${unused},\n`, '');
  }
  writeFileSync(path, text);
}

const WRITTEN_HERE = ['tables.ts', 'discriminators.ts'];
for (const entry of readdirSync(folder('src/generated'), { recursive: true, withFileTypes: true })) {
  if (entry.isFile() && !WRITTEN_HERE.includes(entry.name)) {
    withFileNames(join(entry.parentPath ?? entry.path, entry.name));
  }
}
accounts.forEach(withCheckedType);

/** The engine's module, in text: loaded without a fetch, wherever a bundler puts it. */
const module = readFileSync(folder('../../target/wasm/breakwater.wasm')).toString('base64');
writeFileSync(
  folder('src/generated/module.ts'),
  `// Written by scripts/generate.js: what tools/wasm/build built.\n\n/** The engine as WebAssembly, in base64. */\nexport const MODULE =\n  '${module}';\n`,
);
