/** The consumer's production builds, by each bundler's own defaults wherever it has some. */
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'vite';
import { webpack, type Configuration, type Stats } from 'webpack';

/** Vite's page module, and a worker that is a module too. */
export async function builtByVite(folder: string): Promise<string> {
  const outDir = join(folder, 'dist-vite');
  await build({
    root: folder,
    configFile: false,
    logLevel: 'warn',
    build: { outDir, emptyOutDir: true },
    worker: { format: 'es' },
  });
  return outDir;
}

function complaints(stats: Stats): string | undefined {
  return stats.hasErrors() || stats.hasWarnings() ? stats.toString({ preset: 'errors-warnings' }) : undefined;
}

/** Runs webpack; a warning fails it too: an import that a package lacks is only that. */
function run(configuration: Configuration): Promise<void> {
  return new Promise((resolve, reject) => {
    const compiler = webpack(configuration);
    compiler.run((error, stats) => {
      const text = error?.message ?? (stats === undefined ? 'webpack built nothing' : complaints(stats));
      compiler.close(() => (text === undefined ? resolve() : reject(new Error(text))));
    });
  });
}

/** webpack's scripts are no modules, and its worker is a classic one. */
export async function builtByWebpack(folder: string): Promise<string> {
  const path = join(folder, 'dist-webpack');
  await run({
    mode: 'production',
    context: folder,
    entry: './page.js',
    output: { path, filename: 'page.js' },
    // Its advice on sizes is for pages people wait for.
    performance: false,
  });
  copyFileSync(join(folder, 'index.html'), join(path, 'index.html'));
  return path;
}
