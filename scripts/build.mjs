// npm run build [-- --clean]: the package's dist/, with the examples that `threadwork tour` runs.
import { build, install } from './project.mjs';

await install();
process.exitCode = await build(['dist', 'examples'], { clean: process.argv.includes('--clean') });
