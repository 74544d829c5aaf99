import { availableParallelism } from 'node:os';
import { defineConfig, type ViteUserConfig } from 'vitest/config';

const config: ViteUserConfig = defineConfig({
  test: {
    // A file a core. Left to itself it would leave one core idle, which of two is half of the machine.
    maxWorkers: availableParallelism(),
    include: ['**/*.test.ts'],
    exclude: ['node_modules/**', 'dist/**', '.stryker-tmp/**'],
    // What a test waits for ends by itself: these are bounds on what hangs, and no test is to meet one
    // on a machine that has much else to do. The longest takes half a minute where it has nothing.
    testTimeout: 180_000,
    hookTimeout: 180_000,
    expect: { poll: { timeout: 120_000 } },
    setupFiles: ['./vitest.setup.ts'],
  },
});
export default config;
