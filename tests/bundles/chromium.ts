/** A headless Chromium, driven by its DevTools protocol over a pair of pipes: no port, no library. */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';

type Fields = Readonly<Record<string, unknown>>;
type Message = {
  readonly id?: number;
  readonly method?: string;
  readonly sessionId?: string;
  readonly params?: Fields;
  readonly result?: Fields;
  readonly error?: { readonly message: string };
};
type Waiting = { resolve(result: Fields): void; reject(error: Error): void };

/** Called for every event of a session. */
export type Listener = (method: string, params: Fields, session: string) => void;

const CLOSING_MS = 5_000;

// No graphics card, no more shared memory than a container has, no traffic of the browser's own. Its sandbox wants rights
// that root and many containers lack; it opens pages of these tests alone.
const FLAGS = [
  '--headless',
  '--remote-debugging-pipe',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-dev-shm-usage',
  '--disable-background-networking',
  '--disable-component-update',
  '--no-first-run',
];

export class Chromium {
  readonly #child: ChildProcess;
  readonly #profile = mkdtempSync(join(tmpdir(), 'breakwater-chromium-'));
  readonly #waiting = new Map<number, Waiting>();
  readonly #listeners = new Set<Listener>();
  readonly #ended: Promise<void>;
  #sent = 0;
  #unread = '';
  #said = '';
  #over: Error | undefined;

  constructor(program: string) {
    this.#child = spawn(program, [...FLAGS, `--user-data-dir=${this.#profile}`], {
      stdio: ['ignore', 'ignore', 'pipe', 'pipe', 'pipe'],
    });
    this.#child.stderr
      ?.setEncoding('utf8')
      .on('data', (text: string) => (this.#said = (this.#said + text).slice(-4_000)));
    this.#fromBrowser.setEncoding('utf8').on('data', (text: string) => this.#read(text));
    // Its end says more than a broken pipe.
    this.#toBrowser.on('error', () => undefined);
    this.#ended = new Promise((resolve) => {
      this.#child.on('error', (error) => resolve(this.#fail(`${program} does not start: ${error.message}`)));
      this.#child.on('close', () => resolve(this.#fail(`${program} has ended: ${this.#said}`)));
    });
  }

  get #toBrowser(): Writable {
    return this.#child.stdio[3] as Writable;
  }

  get #fromBrowser(): Readable {
    return this.#child.stdio[4] as Readable;
  }

  #fail(reason: string): void {
    this.#over ??= new Error(reason);
    for (const { reject } of this.#waiting.values()) reject(this.#over);
    this.#waiting.clear();
  }

  /** Messages are JSON, each with a zero after it. */
  #read(text: string): void {
    const messages = (this.#unread + text).split('\0');
    this.#unread = messages.pop() ?? '';
    for (const message of messages) this.#receive(JSON.parse(message) as Message);
  }

  #receive({ id, method, sessionId = '', params = {}, result = {}, error }: Message): void {
    if (id === undefined) {
      for (const listener of this.#listeners) listener(method ?? '', params, sessionId);
      return;
    }
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (error === undefined) waiting?.resolve(result);
    else waiting?.reject(new Error(error.message));
  }

  /** Sends a command to the browser, or to one of its pages and workers. */
  send(method: string, params: Fields = {}, sessionId?: string): Promise<Fields> {
    if (this.#over !== undefined) return Promise.reject(this.#over);
    this.#sent += 1;
    const id = this.#sent;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#toBrowser.write(`${JSON.stringify({ id, method, params, sessionId })}\0`);
    });
  }

  listen(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  async close(): Promise<void> {
    const late = setTimeout(() => this.#child.kill('SIGKILL'), CLOSING_MS);
    await this.send('Browser.close').catch(() => undefined);
    await this.#ended;
    clearTimeout(late);
    rmSync(this.#profile, { recursive: true, force: true, maxRetries: 5 });
  }
}
