/** Steps that bring the program to the chain, and hand it on. */
import { createNoopSigner } from '@solana/kit';
import { send } from '@breakwater/client';
import {
  bufferSize,
  chunkCount,
  closeBuffer,
  fillBuffer,
  giveBuffer,
  missingChunks,
  WRITE_UNITS,
} from '../loader/buffer.js';
import {
  deployInstructions,
  extendInstruction,
  extensionFor,
  giveProgram,
  upgradeInstruction,
} from '../loader/program.js';
import { DATA_HEADER, isSame, PROGRAM_SIZE, type ProgramData, programHash } from '../loader/state.js';
import { blocked, done, feeOf, type Step, toDo, waits } from '../step.js';
import type { Job, OperatorWorld } from '../world.js';

const SLOT_PATIENCE = 5_000;

const rentOf = (job: Job, size: bigint): Promise<bigint> =>
  job.operator.rpc.getMinimumBalanceForRentExemption(size).send();

const runs = (job: Job, { deployed }: OperatorWorld): boolean =>
  deployed.kind === 'program' && isSame(deployed.data.bytes, job.program);

/** A program runs from the slot after its deployment on, and is neither extended nor replaced in it. */
async function nextSlot({ operator }: Job): Promise<void> {
  const before = await operator.rpc.getSlot({ commitment: 'confirmed' }).send();
  const began = Date.now();
  while (Date.now() - began < SLOT_PATIENCE) {
    if ((await operator.rpc.getSlot({ commitment: 'confirmed' }).send()) > before) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** The compiled program, written where it is deployed from. */
export async function bufferStep(job: Job, world: OperatorWorld): Promise<Step> {
  const { buffer, bufferAddress } = world;
  const { operator, program, config } = job;
  const own = buffer?.authority === operator.payer.address;
  if (runs(job, world)) {
    if (buffer === undefined || !own) return done('buffer', 'not needed: the program runs');
    return toDo(
      'buffer',
      `close ${bufferAddress}, which is not needed any more`,
      feeOf(operator) - buffer.lamports,
      async () => {
        await send(operator, [closeBuffer(operator.payer, bufferAddress)]);
      },
    );
  }
  const left = missingChunks(program, buffer?.bytes).length;
  const all = chunkCount(program);
  if (buffer !== undefined && left === 0) return done('buffer', `${bufferAddress} holds the program`);
  if (buffer !== undefined && !own) {
    return blocked('buffer', `${bufferAddress} is not complete, and belongs to ${buffer.authority ?? 'nobody'}`);
  }
  const rent = buffer === undefined ? await rentOf(job, bufferSize(program)) : 0n;
  const what = `write ${left} of ${all} pieces of ${config.program.id} to ${bufferAddress}`;
  return toDo('buffer', what, rent + feeOf(operator) + feeOf(operator, BigInt(WRITE_UNITS)) * BigInt(left), (say) =>
    fillBuffer(operator, program, (open) => say(`  ${open} of ${all} pieces left`)),
  );
}

async function firstStep(job: Job, world: OperatorWorld): Promise<Step> {
  const { config, operator, program, programSigner } = job;
  const { deployed, bufferAddress } = world;
  const isReserved = deployed.kind === 'reserved';
  if (!isReserved && programSigner === undefined) {
    return blocked('program', `a first deployment needs the key of ${config.program.id}: --program-keypair`);
  }
  if (config.program.room < program.length) {
    return blocked('program', `program.room is ${config.program.room}, and the program has ${program.length} bytes`);
  }
  const held = deployed.kind === 'funded' ? deployed.lamports : 0n;
  const rent = await rentOf(job, BigInt(PROGRAM_SIZE));
  const missing = rent > held ? rent - held : 0n;
  const data = await rentOf(job, BigInt(DATA_HEADER + config.program.room));
  const lamports = data + (isReserved ? 0n : missing) - (await rentOf(job, bufferSize(program))) + 2n * feeOf(operator);
  const what = `deploy ${config.program.id}, ${program.length} bytes with room for ${config.program.room}`;
  return toDo('program', what, lamports, async () => {
    const reserve =
      isReserved || programSigner === undefined ? undefined : { signer: programSigner, lamports: missing };
    const deployment = { program: config.program.id, buffer: bufferAddress, room: config.program.room };
    await send(operator, await deployInstructions(operator.payer, deployment, reserve));
    await nextSlot(job);
  });
}

async function upgradeStep(job: Job, world: OperatorWorld, data: ProgramData): Promise<Step> {
  const { config, operator, program } = job;
  const { id } = config.program;
  const { buffer, bufferAddress } = world;
  const me = operator.payer.address;
  const by = data.authority;
  if (by !== me && by !== config.vault) {
    return blocked('program', `${id} is another version, and only ${by ?? 'nobody'} may upgrade it`);
  }
  const extension = extensionFor(data.bytes.length, program.length);
  const size = BigInt(DATA_HEADER + data.bytes.length);
  const room = extension === 0 ? 0n : (await rentOf(job, size + BigInt(extension))) - (await rentOf(job, size));
  const extend = async (): Promise<void> => {
    if (extension === 0) return;
    await send(operator, [await extendInstruction(operator.payer, id, extension)]);
    await nextSlot(job);
  };
  const versions = `${programHash(data.bytes).slice(0, 12)} to ${programHash(program).slice(0, 12)}`;
  if (by === me) {
    const back = buffer?.lamports ?? (await rentOf(job, bufferSize(program)));
    return toDo('program', `upgrade ${id} from ${versions}`, room + 2n * feeOf(operator) - back, async () => {
      await extend();
      await send(operator, [await upgradeInstruction(operator.payer, id, bufferAddress, me)]);
      await nextSlot(job);
    });
  }
  if (buffer?.authority === config.vault && extension === 0) {
    const paste = await upgradeInstruction(createNoopSigner(config.vault), id, bufferAddress, me);
    return waits('program', `the multisig upgrades ${id} from ${versions}: instruction below`, paste);
  }
  return toDo(
    'program',
    `hand ${bufferAddress} to the multisig, which upgrades ${id}`,
    room + 2n * feeOf(operator),
    async () => {
      await extend();
      if (buffer?.authority !== config.vault) {
        await send(operator, [giveBuffer(operator.payer, bufferAddress, config.vault)]);
      }
    },
  );
}

/** The program, as it was compiled. */
export function programStep(job: Job, world: OperatorWorld): Promise<Step> | Step {
  const { deployed } = world;
  const { id } = job.config.program;
  if (deployed.kind === 'other') return blocked('program', `${id} cannot be deployed to: ${deployed.why}`);
  if (deployed.kind !== 'program') return firstStep(job, world);
  if (runs(job, world)) return done('program', `${id} is ${programHash(job.program).slice(0, 12)}`);
  return upgradeStep(job, world, deployed.data);
}

/** Who may upgrade, last of all: by then the vault has shown that it signs. */
export function upgradeAuthorityStep(job: Job, world: OperatorWorld): Step {
  const { config, operator } = job;
  const { deployed } = world;
  const name = 'upgrade-authority';
  const what = `the multisig ${config.vault} may upgrade the program`;
  if (deployed.kind === 'program' && deployed.data.authority === config.vault) return done(name, what);
  const by = deployed.kind === 'program' ? deployed.data.authority : operator.payer.address;
  if (by !== operator.payer.address)
    return blocked(name, `${by ?? 'nobody'} may upgrade it: neither the operator nor the multisig`);
  return toDo(name, `hand upgrades of the program to ${config.vault}`, feeOf(operator), async () => {
    await send(operator, [await giveProgram(operator.payer, config.program.id, config.vault)]);
  });
}
