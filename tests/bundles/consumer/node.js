import { numbers } from './numbers.js';

console.log(numbers());
