/** Whatever fails, the last lines say what to run to repeat it alone: a test, or a file whose setting-up failed. */
import type { Reporter, TestCase, TestModule, TestSuite } from 'vitest/node';

/** A test's name as a pattern: what a shell, make or a regular expression would take for its own is any character. */
const pattern = (name: string): string => name.replaceAll(' > ', ' ').replaceAll(/[^\w ,:-]/g, '.');

/** What to run for a file, or for one test of it. */
function commandFor(module: TestModule, name?: string): string {
  const file = module.relativeModuleId;
  return `make stories ARGS="${name === undefined ? file : `${file} -t '${pattern(name)}'`}"`;
}

/** Says at the end what to run again. */
export class Repeat implements Reporter {
  readonly #commands = new Set<string>();

  onTestCaseResult(test: TestCase): void {
    if (test.result().state === 'failed') this.#commands.add(commandFor(test.module, test.fullName));
  }

  /** What goes wrong around tests, before any of them or after all, fails none of them. */
  onTestSuiteResult(suite: TestSuite): void {
    if (suite.errors().length > 0) this.#commands.add(commandFor(suite.module, suite.fullName));
  }

  onTestModuleEnd(module: TestModule): void {
    if (module.errors().length > 0) this.#commands.add(commandFor(module));
  }

  onTestRunEnd(): void {
    for (const command of this.#commands) console.error(`repeat it: ${command}`);
  }
}
