// Adds up what the stories have reached. Every instruction and every error is either reached or named in unexercised.json, and
// not both: a list that is out of date fails like a story.
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

let faults = 0;
const fault = (text) => {
  faults += 1;
  console.error(text);
};
for (const kind of ['instructions', 'errors']) {
  const reached = new Set(found.flatMap((one) => one[kind]));
  const missing = all[kind].filter((name) => !reached.has(name));
  for (const name of missing.filter((name) => !listed[kind].includes(name))) fault(`${kind}: no story reaches ${name}`);
  for (const name of listed[kind].filter((name) => !missing.includes(name)))
    fault(`${kind}: ${name} is reached, or unknown: take it off unexercised.json`);
  console.log(`${kind}: ${all[kind].length - missing.length} of ${all[kind].length} reached`);
}
process.exitCode = faults === 0 ? 0 : 1;
