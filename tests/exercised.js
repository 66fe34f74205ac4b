// Adds up what the stories have reached. Every instruction and every error is either reached or named in unexercised.json with
// the reason why nothing reaches it, and not both: a list that is out of date fails like a story.
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { BreakwaterInstruction, ERRORS } from '@breakwater/client';

const path = (name) => fileURLToPath(new URL(name, import.meta.url));
const read = (file) => JSON.parse(readFileSync(file, 'utf8'));
const folder = path('../target/stories/');
const found = readdirSync(folder).map((file) => read(folder + file));
const listed = read(path('unexercised.json'));
const all = {
  instructions: Object.values(BreakwaterInstruction).filter((name) => typeof name === 'string'),
  errors: ERRORS.map(({ name }) => name),
};

/** What is wrong with an entry of the list; none: nothing. */
function wrongWith(name, reason, { known, reached }) {
  if (!known.has(name)) return 'the program has none of this name';
  if (reached.has(name)) return 'a story reaches it: take it off the list';
  if (typeof reason !== 'string' || reason.trim() === '') return 'say why nothing reaches it';
  return undefined;
}

let faults = 0;
const fault = (text) => {
  faults += 1;
  console.error(text);
};
for (const kind of ['instructions', 'errors']) {
  const known = new Set(all[kind]);
  const reached = new Set(found.flatMap((one) => one[kind]));
  for (const [name, reason] of Object.entries(listed[kind])) {
    const wrong = wrongWith(name, reason, { known, reached });
    if (wrong !== undefined) fault(`unexercised.json, ${kind}, ${name}: ${wrong}`);
  }
  const missing = all[kind].filter((name) => !reached.has(name));
  for (const name of missing.filter((name) => !(name in listed[kind]))) fault(`${kind}: no story reaches ${name}`);
  console.log(`${kind}: ${all[kind].length - missing.length} of ${all[kind].length} reached`);
}
process.exitCode = faults === 0 ? 0 : 1;
