/** What the stories have reached, file by file: `exercised.js` adds it up. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const FOLDER = fileURLToPath(new URL('../../target/stories/', import.meta.url));

/** Writes down which instructions succeeded and which errors were reached. */
export function recordExercised(instructions: readonly string[], errors: readonly string[]): void {
  mkdirSync(FOLDER, { recursive: true });
  writeFileSync(`${FOLDER}${process.pid}-${Date.now()}.json`, JSON.stringify({ instructions, errors }));
}
