// npm run wasm: writes src/heap/atomic-code.ts from src/heap/atomic.wat.
import fs from 'node:fs';
import path from 'node:path';
import { root } from './project.mjs';

const { default: wabt } = await import('wabt');
const source = path.join(root, 'src/heap/atomic.wat');
const module = (await wabt()).parseWat('atomic.wat', fs.readFileSync(source, 'utf8'), { threads: true, simd: true });
const code = Buffer.from(module.toBinary({}).buffer).toString('base64');
fs.writeFileSync(
  path.join(root, 'src/heap/atomic-code.ts'),
  `/** The module of atomic.wat, in base64. \`npm run wasm\` writes it. */\nexport const CODE =\n  '${code}';\n`,
);
