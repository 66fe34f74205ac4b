/** A vault some of some members sign for: the stand-in of `crates/multisig` for what governs a real exchange. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import {
  type AccountMeta,
  AccountRole,
  type AccountSignerMeta,
  type Address,
  createNoopSigner,
  downgradeRoleToNonSigner,
  generateKeyPairSigner,
  getAddressEncoder,
  getProgramDerivedAddress,
  type Instruction,
  type KeyPairSigner,
  type Signature,
  type TransactionSigner,
} from '@solana/kit';
import type { Network } from './network.js';

const LAMPORTS = 100_000_000_000;

/** Where `make build` leaves the stand-in. */
function multisigPath(): string {
  const path = fileURLToPath(new URL('../../../target/deploy/multisig.so', import.meta.url));
  if (!existsSync(path)) throw new Error(`${path} is missing: run \`make target/deploy/multisig.so\``);
  return path;
}

/** The vault's own account among those of an instruction: it signs by CPI, not in the transaction. */
function unsigned(meta: AccountMeta | AccountSignerMeta, vault: Address): AccountMeta | AccountSignerMeta {
  if (meta.address !== vault) return meta;
  return { address: meta.address, role: downgradeRoleToNonSigner(meta.role) };
}

/** A group of members with its vault. The vault, not this program or a member, is what governs. */
export class Multisig {
  /** The vault where builders want whoever signs: its signature comes by CPI. */
  readonly signer: TransactionSigner;

  private constructor(
    readonly network: Network,
    /** The program's address on this network. */
    readonly program: Address,
    /** How many members must sign. */
    readonly threshold: number,
    readonly members: readonly KeyPairSigner[],
    /** The address that governs. */
    readonly vault: Address,
  ) {
    this.signer = createNoopSigner(vault);
  }

  /** Deploys the program and makes a group of new members. Its vault has SOL for the rent of what it proposes. */
  static async create(network: Network, threshold: number, count: number): Promise<Multisig> {
    const { address: program } = await generateKeyPairSigner();
    network.surfnet.deploy({ programId: program, soPath: multisigPath() });
    const members = await Promise.all(Array.from({ length: count }, () => network.keypair()));
    const keys = members.map((member) => getAddressEncoder().encode(member.address));
    const group = createHash('sha256').update(Uint8Array.of(threshold));
    for (const key of keys) group.update(Uint8Array.from(key));
    const seeds = ['vault', Uint8Array.from(group.digest())];
    const [vault] = await getProgramDerivedAddress({ programAddress: program, seeds });
    network.surfnet.fundSol(vault, LAMPORTS);
    const made = new Multisig(network, program, threshold, members, vault);
    network.wrappers.set(program, (outer) => made.unwrap(outer));
    return made;
  }

  /** An instruction the vault signs because `signers` do, members by their number. */
  wrap(inner: Instruction, signers: readonly number[]): Instruction {
    const members = this.members.map((signer, number) =>
      signers.includes(number)
        ? { address: signer.address, role: AccountRole.READONLY_SIGNER, signer }
        : { address: signer.address, role: AccountRole.READONLY },
    );
    const accounts = [
      { address: this.vault, role: AccountRole.WRITABLE },
      ...members,
      { address: inner.programAddress, role: AccountRole.READONLY },
      ...(inner.accounts ?? []).map((meta) => unsigned(meta as AccountMeta, this.vault)),
    ];
    const data = Uint8Array.from([this.threshold, this.members.length, ...(inner.data ?? [])]);
    return { programAddress: this.program, accounts, data };
  }

  /** What a wrapped instruction calls. */
  unwrap(outer: Instruction): Instruction {
    const callee = outer.accounts?.[1 + this.members.length]?.address;
    if (callee === undefined || outer.data === undefined) throw new Error('not an instruction of the multisig');
    return { programAddress: callee, data: outer.data.slice(2) };
  }

  /** Sends instructions signed by the vault, paid by nobody among them: the first `threshold` members sign, unless others are named. */
  send(instructions: readonly Instruction[], signers?: readonly number[]): Promise<Signature> {
    const signing = signers ?? this.members.map((_, number) => number).slice(0, this.threshold);
    return this.network.send(
      this.network.payer,
      instructions.map((inner) => this.wrap(inner, signing)),
    );
  }
}
