import { numbers } from './numbers.js';

/** What a page shows of it: the numbers, or why there are none. */
export function outcome() {
  try {
    return numbers();
  } catch (error) {
    return `${error.name}: ${error.message}`;
  }
}
