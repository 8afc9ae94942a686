import { Processes } from './processes.ts';
import { TemporaryDirectories } from './temporary.ts';

/** To be called where hooks are registered: gives each test a directory, and processes that end with the test. */
export function ownProcesses(use: (directory: string, processes: Processes) => void): void {
  const temporary = new TemporaryDirectories();
  let processes: Processes;
  beforeEach(async () => {
    const directory = await temporary.make();
    processes = new Processes(directory);
    use(directory, processes);
  });
  afterEach(async () => {
    await processes.end();
    await temporary.remove();
  });
}
