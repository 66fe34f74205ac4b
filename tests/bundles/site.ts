/** A web server for one folder, under a content security policy that allows what the client says it needs. */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';

const TYPES: Readonly<Record<string, string>> = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript' };

/** All a page may do is run its own scripts, from where it came. */
const policy = (scripts: readonly string[]): string =>
  [
    "default-src 'none'",
    `script-src ${["'self'", ...scripts].join(' ')}`,
    "connect-src 'none'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');

export type Site = { readonly address: string; readonly asked: readonly string[]; close(): void };

function contentOf(folder: string, path: string): Buffer | undefined {
  try {
    return readFileSync(join(folder, normalize(path)));
  } catch {
    return undefined;
  }
}

/** Serves a folder on this machine alone. `scripts`: what script-src allows beyond files of the site. */
export async function serve(folder: string, scripts: readonly string[]): Promise<Site> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    const path = pathname === '/' ? '/index.html' : pathname;
    const content = contentOf(folder, path);
    asked.push(path);
    response.writeHead(content === undefined ? 404 : 200, {
      'content-type': TYPES[extname(path)] ?? 'application/octet-stream',
      'content-security-policy': policy(scripts),
      'x-content-type-options': 'nosniff',
    });
    response.end(content);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const close = (): void => void server.close().closeAllConnections();
  return { address: `http://127.0.0.1:${port}/`, asked, close };
}
