// Measures the case with the given number in this process, and prints the figure as JSON.
import { CASES, figureOf, task } from '../codec-cases.js';

const number = Number(process.argv[2]);
const figure = number < CASES.length ? await figureOf(CASES[number]) : await task();
process.stdout.write(JSON.stringify(figure), () => process.exit());
