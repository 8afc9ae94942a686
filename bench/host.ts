// H1, H2, R1, R2 and the latency of a row, in a real VS Code: test/host/bench measures inside its extension host.
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { reportMachine } from './harness.ts';

interface HostTests {
  readonly benchLaunches: readonly object[];
  runHostTests(options: { launches: readonly object[] }): Promise<{ passed: number; failed: number }>;
}

// It finds its neighbours by its own place: it is imported where it is, and not bundled.
const { runHostTests, benchLaunches }: HostTests = await import(
  pathToFileURL(resolve('build/vscode/hostTests.mjs')).href
);
reportMachine();
const { passed, failed } = await runHostTests({ launches: benchLaunches });
process.exit(failed > 0 || passed === 0 ? 1 : 0);
