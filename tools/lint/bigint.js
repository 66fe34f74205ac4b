// Fails on bigint `*`, `/`, `%`, `**`, `<<` and `>>` outside unit files.
//
// A product or a quotient of bigints is how a number of the program gets computed a second time, with a rounding of its
// own. The engine computes what the program computes; the rest is in unit files, under names that state the rounding.
// Operands count by their type, so a bigint behind a name, a call or a generic is found too; `any` does not count, nor
// does an untyped parameter of a script. The documents' TypeScript is not checked: a page may show its arithmetic.
import { existsSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

/** The files that may, each with the reason. An entry whose file is gone, or has no such operation, is an error. */
const UNIT_FILES = {
  'app/client/src/engine/words.ts': 'wide numbers of the engine, from the two words of its memory and back',
  'app/client/src/rounding.ts': 'division that names its direction, for amounts that no account holds',
  'app/client/src/units.ts': 'decimal numbers people write, as integers and back',
  'tests/harness/amounts.ts': 'powers of two: the bounds of integers, and bits without a meaning',
  'tools/localnet/src/units.ts': 'amounts that makers, keepers and the audit compute outside the program',
};

const FOLDERS = ['app', 'tests', 'tools/localnet'];
/**
 * Generated, compiled or installed; `.pages` is the documents' TypeScript while a test compiles it, and the bundles' consumer
 * imports what only its own project has.
 */
const SKIPPED = ['node_modules', 'dist', '.pages', 'app/client/src/generated', 'tests/bundles/consumer'];
const ADVICE =
  'let the engine compute the number, or call a function of a unit file whose name states the rounding ' +
  '(listed in tools/lint/bigint.js)';

const OPERATORS = new Set([
  ts.SyntaxKind.AsteriskToken,
  ts.SyntaxKind.AsteriskEqualsToken,
  ts.SyntaxKind.AsteriskAsteriskToken,
  ts.SyntaxKind.AsteriskAsteriskEqualsToken,
  ts.SyntaxKind.SlashToken,
  ts.SyntaxKind.SlashEqualsToken,
  ts.SyntaxKind.PercentToken,
  ts.SyntaxKind.PercentEqualsToken,
  ts.SyntaxKind.LessThanLessThanToken,
  ts.SyntaxKind.LessThanLessThanEqualsToken,
  ts.SyntaxKind.GreaterThanGreaterThanToken,
  ts.SyntaxKind.GreaterThanGreaterThanEqualsToken,
]);

/** Whether a value of the type can be a bigint: itself, a union's member, a branded bigint, a generic's bound. */
function canBeBigint(type, checker) {
  if (type.flags & ts.TypeFlags.BigIntLike) return true;
  if (type.isUnionOrIntersection()) return type.types.some((part) => canBeBigint(part, checker));
  const bound = checker.getBaseConstraintOfType(type);
  return bound !== undefined && bound !== type && canBeBigint(bound, checker);
}

const isOperation = (node) => ts.isBinaryExpression(node) && OPERATORS.has(node.operatorToken.kind);

/** Line and column of a position, counted from one. */
function placeOf(source, position) {
  const { line, character } = source.getLineAndCharacterOfPosition(position);
  return `${line + 1}:${character + 1}`;
}

/** Every operation of a file with a bigint operand: its place and its operator. */
function operationsIn(source, checker) {
  const found = [];
  const visit = (node) => {
    if (
      isOperation(node) &&
      [node.left, node.right].some((side) => canBeBigint(checker.getTypeAtLocation(side), checker))
    ) {
      const { operatorToken } = node;
      found.push({ place: placeOf(source, operatorToken.getStart(source)), operator: operatorToken.getText(source) });
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

/** Imports that do not resolve: what they name would be `any` and pass. */
function unresolvedIn(source, checker) {
  return source.statements
    .filter((node) => (ts.isImportDeclaration(node) ? node.importClause : ts.isExportDeclaration(node)))
    .map((node) => node.moduleSpecifier)
    .filter((name) => name !== undefined && checker.getSymbolAtLocation(name) === undefined)
    .map((name) => ({ place: placeOf(source, name.getStart(source)), name: name.text }));
}

/** Paths of the sources under a folder, from the root. */
function sourcesUnder(root, folder) {
  if (!existsSync(join(root, folder))) return [];
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (SKIPPED.includes(entry.name) || SKIPPED.includes(path)) return [];
    if (entry.isDirectory()) return sourcesUnder(root, path);
    return /\.[cm]?[jt]sx?$/.test(entry.name) && !/\.d\.[cm]?ts$/.test(entry.name) ? [path] : [];
  });
}

/** One program of every source: the projects' own settings differ only in what they emit. */
function programOf(root, paths) {
  const base = ts.readConfigFile(join(root, 'tsconfig.base.json'), ts.sys.readFile);
  if (base.error !== undefined) throw new Error(ts.flattenDiagnosticMessageText(base.error.messageText, '\n'));
  const { options } = ts.convertCompilerOptionsFromJson(base.config.compilerOptions, root);
  const names = paths.map((path) => join(root, path));
  return ts.createProgram(names, { ...options, allowJs: true, noEmit: true });
}

/** Everything wrong under a root, a line each. */
export function faultsIn(root, unitFiles = UNIT_FILES) {
  const paths = FOLDERS.flatMap((folder) => sourcesUnder(root, folder));
  const program = programOf(root, paths);
  const checker = program.getTypeChecker();
  const faults = [];
  for (const path of paths) {
    const source = program.getSourceFile(join(root, path));
    if (source === undefined) throw new Error(`${path} was not read`);
    for (const { place, name } of unresolvedIn(source, checker)) {
      faults.push(`${path}:${place}: '${name}' has no types here, so its bigints would pass: build it first`);
    }
    const operations = operationsIn(source, checker);
    if (path in unitFiles) {
      if (operations.length === 0)
        faults.push(`${path}: a unit file without an operation on bigint: take it off the list`);
      continue;
    }
    for (const { place, operator } of operations) faults.push(`${path}:${place}: \`${operator}\` on bigint: ${ADVICE}`);
  }
  for (const path of Object.keys(unitFiles).filter((path) => !paths.includes(path))) {
    faults.push(`${path}: a unit file that does not exist: take it off the list`);
  }
  return faults;
}

const self = fileURLToPath(import.meta.url);
if (process.argv[1] !== undefined && resolve(process.argv[1]) === self) {
  const faults = faultsIn(resolve(self, '../../..'));
  for (const fault of faults) console.error(fault);
  process.exitCode = faults.length === 0 ? 0 : 1;
}
