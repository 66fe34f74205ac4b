/** The real command, as `make localnet` runs it: a process of its own that is spoken to over its ports. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Addresses } from '@breakwater/localnet';

const MAIN = fileURLToPath(new URL('../../tools/localnet/dist/main.js', import.meta.url));

/** A command that was started. */
export class Localnet {
  /** What it printed. */
  output = '';
  readonly #waiting: { readonly text: string; readonly found: () => void }[] = [];

  private constructor(
    readonly child: ChildProcess,
    /** A folder like the repository's root: the addresses are in `target/localnet.json`. */
    readonly folder: string,
  ) {
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (text: Buffer) => this.#hear(String(text)));
  }

  /** Starts it on ports that are free. */
  static start(args: readonly string[] = [], ports: readonly string[] = ['0', '0']): Localnet {
    const folder = mkdtempSync(join(tmpdir(), 'localnet-'));
    const [rpc = '0', ws = '0'] = ports;
    const out = join(folder, 'target/localnet.json');
    const command = [MAIN, '--rpc-port', rpc, '--ws-port', ws, '--out', out, ...args];
    return new Localnet(spawn(process.execPath, command, { stdio: ['ignore', 'pipe', 'pipe'] }), folder);
  }

  #hear(text: string): void {
    this.output += text;
    for (const { text: wanted, found } of this.#waiting) if (this.output.includes(wanted)) found();
  }

  /** Waits until it has printed something; fails where it ends first. */
  says(text: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ text, found: resolve });
      this.child.once('exit', () => reject(new Error(`it ended and had not said ${text}:\n${this.output}`)));
      this.#hear('');
    });
  }

  /** Waits until it is ready, and reads where it is. */
  async ready(): Promise<Addresses> {
    await this.says('the same in ');
    return JSON.parse(readFileSync(join(this.folder, 'target/localnet.json'), 'utf8')) as Addresses;
  }

  /** Waits for its end: its exit code, or the signal that ended it. */
  ended(): Promise<number | string | null> {
    const { child } = this;
    if (child.exitCode !== null) return Promise.resolve(child.exitCode);
    return new Promise((resolve) => child.once('exit', (code, signal) => resolve(code ?? signal)));
  }

  /** Sends a signal and waits for the end: the code, and the milliseconds it took. */
  async end(signal: NodeJS.Signals = 'SIGTERM'): Promise<{ code: number | string | null; took: number }> {
    const began = Date.now();
    const ended = this.ended();
    this.child.kill(signal);
    return { code: await ended, took: Date.now() - began };
  }
}
