/** A test that fails says what to run to repeat it alone. */
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeEach } from 'vitest';

const FOLDER = fileURLToPath(new URL('..', import.meta.url));

beforeEach(({ task, onTestFailed }) => {
  onTestFailed(() => {
    const file = relative(FOLDER, task.file.filepath);
    console.error(`repeat it: make stories ARGS="${file} -t '${task.name.replaceAll("'", '.')}'"`);
  });
});
