/** Opens a page and tells what it and its worker show, and everything the browser has to complain of. */
import { setTimeout as wait } from 'node:timers/promises';
import type { Chromium } from './chromium.js';

export type Shown = {
  readonly page: string;
  readonly worker: string;
  /** Errors and warnings of the console, exceptions, and what the policy forbade, of the page and of its worker. */
  readonly complaints: readonly string[];
};

type Entry = { readonly level?: string; readonly text?: string };
type Value = { readonly value?: unknown; readonly description?: string };
type Thrown = { readonly text: string; readonly exception?: Value };

const SHOWING_MS = 20_000;
const POLL_MS = 25;
/** The policy's verdicts come from another process than the page's text. */
const SETTLING_MS = 100;

/** An event's complaint, if it is one. */
function complaint(method: string, params: Readonly<Record<string, unknown>>): string | undefined {
  if (method === 'Runtime.exceptionThrown') {
    const { text, exception } = params['exceptionDetails'] as Thrown;
    return `exception: ${exception?.description ?? text}`;
  }
  if (method === 'Runtime.consoleAPICalled' && ['error', 'warning', 'assert'].includes(String(params['type']))) {
    return `console: ${(params['args'] as Value[]).map(({ value, description }) => description ?? value).join(' ')}`;
  }
  const { level, text } = (params['entry'] ?? {}) as Entry;
  if (method === 'Log.entryAdded' && (level === 'error' || level === 'warning')) return `log: ${text}`;
  return method === 'Audits.issueAdded' ? `issue: ${JSON.stringify(params['issue'])}` : undefined;
}

/** Has a page or worker report, then lets it start. Workers know fewer domains than pages. */
async function watch(browser: Chromium, session: string): Promise<void> {
  const domains = ['Runtime', 'Log', 'Audits'].map((domain) => browser.send(`${domain}.enable`, {}, session));
  await Promise.allSettled(domains);
  const workers = { autoAttach: true, waitForDebuggerOnStart: true, flatten: true };
  await browser.send('Target.setAutoAttach', workers, session);
  await browser.send('Runtime.runIfWaitingForDebugger', {}, session);
}

async function textOf(browser: Chromium, session: string, element: string): Promise<string> {
  const { result } = await browser.send(
    'Runtime.evaluate',
    // Otherwise DevTools lifts the policy while it looks.
    { expression: `document.getElementById('${element}')?.textContent ?? ''`, allowUnsafeEvalBlockedByCSP: false },
    session,
  );
  return String((result as Value).value);
}

async function bothTexts(browser: Chromium, session: string): Promise<{ page: string; worker: string }> {
  const page = await textOf(browser, session, 'page');
  const worker = await textOf(browser, session, 'worker');
  return { page, worker };
}

/** Waits until the page and its worker show something, or for long enough. */
async function shown(browser: Chromium, session: string): Promise<{ page: string; worker: string }> {
  const until = Date.now() + SHOWING_MS;
  let texts = await bothTexts(browser, session);
  while ((texts.page === '' || texts.worker === '') && Date.now() < until) {
    await wait(POLL_MS);
    texts = await bothTexts(browser, session);
  }
  await wait(SETTLING_MS);
  return texts;
}

/** Opens an address in a tab of its own. */
export async function open(browser: Chromium, address: string): Promise<Shown> {
  const complaints: string[] = [];
  const { targetId } = await browser.send('Target.createTarget', { url: 'about:blank' });
  const { sessionId } = await browser.send('Target.attachToTarget', { targetId, flatten: true });
  const stop = browser.listen((method, params) => {
    const text = complaint(method, params);
    if (text !== undefined) complaints.push(text);
    // A worker that cannot be watched has ended, which shows.
    if (method === 'Target.attachedToTarget') void watch(browser, String(params['sessionId'])).catch(() => undefined);
  });
  try {
    await watch(browser, String(sessionId));
    await browser.send('Page.navigate', { url: address }, String(sessionId));
    return { ...(await shown(browser, String(sessionId))), complaints };
  } finally {
    stop();
    await browser.send('Target.closeTarget', { targetId });
  }
}
