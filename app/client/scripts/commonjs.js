// Writes dist/cjs: the client once more for whoever requires it (Jest, older Node projects, TypeScript's `node10` resolution).
// The sources are the same; what is an import there is a require here, and a folder of its own says that it is CommonJS.
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const folder = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));
const [sources, compiled, out] = [folder('src'), folder('dist'), folder('dist/cjs')];

/** Paths of files below a folder, by how they end. */
function below(root, end) {
  const entries = readdirSync(root, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile() && entry.name.endsWith(end));
  return files.map((entry) => relative(root, join(entry.parentPath ?? entry.path, entry.name)));
}

function write(path, text) {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

rmSync(out, { recursive: true, force: true });
// Types have been checked where the client was compiled; each import says itself whether it is one of types only.
const compilerOptions = { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022, isolatedModules: true };
for (const path of below(sources, '.ts')) {
  const { outputText } = ts.transpileModule(readFileSync(join(sources, path), 'utf8'), { compilerOptions });
  write(join(out, path.replace(/\.ts$/, '.js')), outputText);
}
for (const path of below(compiled, '.d.ts')) {
  mkdirSync(dirname(join(out, path)), { recursive: true });
  cpSync(join(compiled, path), join(out, path));
}
write(join(out, 'package.json'), `${JSON.stringify({ type: 'commonjs' })}\n`);
