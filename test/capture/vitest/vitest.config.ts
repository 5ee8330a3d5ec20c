import { defineConfig } from 'vitest/config';

export default defineConfig({
  // In a user's project the library lies in node_modules, which Vitest leaves alone; here it is the project itself.
  test: { include: ['*.spec.ts'], server: { deps: { external: [/\/dist\//] } }, watch: false },
});
