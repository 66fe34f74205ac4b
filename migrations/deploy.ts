/**
 * Deploys the program and sets an exchange up as a file says, or tells what is missing. Plans unless told to act; see
 * README.md in this folder.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { createNoopSigner, getAddressEncoder, isAddress, type TransactionSigner } from '@solana/kit';
import { TransactionFailure } from '@breakwater/client';
import { WrongCluster } from './src/cluster.js';
import { type Config, readConfig } from './src/config/config.js';
import { BadConfig } from './src/config/fields.js';
import { BadKey, readKey } from './src/keys.js';
import { createNode } from './src/node.js';
import { programHash } from './src/loader/state.js';
import { digestOf, EXIT, type Exit, NoSuchStep, Refused, requirePermission, run, runVerify } from './src/run.js';

const HELP = `make deploy ARGS="--config FILE --rpc URL [...]"

  --config FILE           what is to be on the chain: migrations/config/*.json
  --rpc URL               a node of the cluster                      (BREAKWATER_RPC)
  --keypair FILE          the operator: pays, governs until he hands over (BREAKWATER_KEYPAIR)
  --program-keypair FILE  the program's own key, for its first deployment (BREAKWATER_PROGRAM_KEYPAIR)
  --program FILE          the compiled program                       (target/deploy/breakwater.so)
  --yes                   act; without it only the plan is shown
  --until STEP            stop after a step of the plan
  --verify                only hold the chain against the file: needs no key
  --genesis HASH          of a local network: the one that is meant
  --mainnet DIGEST        of mainnet: what was reviewed, as the plan prints it
  --parallel N            requests under way at once (16)
  --priority N            paid for priority, 1e-6 lamport a unit (what others lately paid)
  --operator ADDRESS      plan for an operator whose key is not here; cannot be used with --yes
  --no-rehearsal          do not ask the compiled program beforehand what it will refuse
`;

const { values: flags } = parseArgs({
  options: {
    config: { type: 'string' },
    rpc: { type: 'string' },
    keypair: { type: 'string' },
    'program-keypair': { type: 'string' },
    program: { type: 'string' },
    yes: { type: 'boolean', default: false },
    until: { type: 'string' },
    verify: { type: 'boolean', default: false },
    genesis: { type: 'string' },
    mainnet: { type: 'string' },
    parallel: { type: 'string', default: '16' },
    priority: { type: 'string' },
    operator: { type: 'string' },
    'no-rehearsal': { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

const say = (line: string): void => console.log(line);

/** What must be given by a flag or the environment. */
function given(flag: string | undefined, name: string, variable: string): string {
  const found = flag ?? process.env[variable];
  if (found === undefined) throw new Refused(`--${name} is missing (or ${variable})`);
  return found;
}

/** A program names its own address: one built for another address would refuse every call. */
function requireBuiltFor(program: Uint8Array, { program: { id } }: Config, path: string): void {
  const address = Buffer.from(Uint8Array.from(getAddressEncoder().encode(id)));
  if (!Buffer.from(program.buffer, program.byteOffset, program.byteLength).includes(address)) {
    throw new Refused(`${path} was built for another address than program.id ${id}`);
  }
}

function read(path: string): Uint8Array {
  try {
    return new Uint8Array(readFileSync(path));
  } catch {
    throw new Refused(`${path} cannot be read`);
  }
}

/** What is paid for priority, where that was asked for. */
function readPriority(text: string | undefined): { readonly priority?: bigint } {
  if (text === undefined) return {};
  if (!/^\d{1,12}$/.test(text)) throw new Refused('--priority must be a whole number of 1e-6 lamports a unit');
  return { priority: BigInt(text) };
}

/** Who signs and pays; or, to plan only, who would. */
async function readOperator(): Promise<TransactionSigner> {
  if (flags.operator === undefined) return readKey(given(flags.keypair, 'keypair', 'BREAKWATER_KEYPAIR'));
  if (flags.yes) throw new Refused('--operator only plans: --yes needs the key, --keypair');
  if (!isAddress(flags.operator)) throw new Refused(`--operator ${flags.operator} is no address`);
  return createNoopSigner(flags.operator);
}

async function main(): Promise<Exit> {
  if (flags.help) {
    say(HELP);
    return EXIT.complete;
  }
  const file = given(flags.config, 'config', 'BREAKWATER_CONFIG');
  const text = Buffer.from(read(file)).toString('utf8');
  const config = readConfig(text);
  const path = flags.program ?? fileURLToPath(new URL('../../target/deploy/breakwater.so', import.meta.url));
  const program = read(path);
  requireBuiltFor(program, config, path);
  const parallel = Number(flags.parallel);
  if (!Number.isInteger(parallel) || parallel < 1) throw new Refused('--parallel must be a whole number above zero');
  const rpc = createNode(given(flags.rpc, 'rpc', 'BREAKWATER_RPC'));
  const priority = readPriority(flags.priority);
  const digest = digestOf(text, program);
  const wanted = { genesis: flags.genesis, mainnet: flags.mainnet, digest };
  const genesis = await requirePermission(rpc, config, wanted, flags.yes && !flags.verify);
  say(`${config.cluster}, genesis ${genesis}; program ${programHash(program)}; digest ${digest}`);
  if (flags.verify) return runVerify(rpc, config, program, say);
  const payer = await readOperator();
  const programKey = flags['program-keypair'] ?? process.env['BREAKWATER_PROGRAM_KEYPAIR'];
  const programSigner = programKey === undefined ? undefined : await readKey(programKey);
  if (programSigner !== undefined && programSigner.address !== config.program.id) {
    throw new Refused(
      `--program-keypair is the key of ${programSigner.address}, not of program.id ${config.program.id}`,
    );
  }
  const operator = { rpc, payer, parallel, ...priority };
  const job = { config, operator, program, programSigner, rehearsal: !flags['no-rehearsal'] };
  return run(job, { act: flags.yes, until: flags.until }, say);
}

const REFUSALS = [BadConfig, BadKey, NoSuchStep, Refused, WrongCluster];

try {
  process.exitCode = await main();
} catch (error) {
  const isRefusal = REFUSALS.some((kind) => error instanceof kind);
  if (!(error instanceof Error)) throw error;
  console.error(`${isRefusal ? 'refused' : 'failed'}: ${error.message}`);
  if (error instanceof TransactionFailure) for (const line of error.logs.slice(-12)) console.error(`  ${line}`);
  process.exitCode = isRefusal ? EXIT.refused : EXIT.failed;
}
