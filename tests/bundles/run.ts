import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** What a program prints; its complaints go to ours. */
export function output(program: string, args: readonly string[], folder: string): Promise<string> {
  const child = spawn(program, args, { cwd: folder, stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (part: string) => (text += part));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) =>
      code === 0 ? resolve(text) : reject(new Error(`${program} ${args.join(' ')} ended with ${code}: ${text}`)),
    );
  });
}

const repository = fileURLToPath(new URL('../../', import.meta.url));

/** The path a script of this repository prints of what it finds or installs. */
export async function tool(script: string, ...args: readonly string[]): Promise<string> {
  return (await output(`${repository}${script}`, args, repository)).trim();
}
