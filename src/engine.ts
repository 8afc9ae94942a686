import { Engine } from './engine/compose.ts';
import { AddressInUseError } from './engine/controlServer.ts';
import { defaultBudgetBytes, defaultIdleSeconds, readEngineOptions } from './engine/engineOptions.ts';
import { stopOnSignals, surviveErrors } from './engine/lifetime.ts';
import { FileLog } from './engine/log.ts';
import { receiverKinds } from './engine/receiverKinds.ts';
import { defaultStateDirectory, makeStateDirectory } from './engine/stateDirectory.ts';
import { setEngineFlags } from './engine/v8Flags.ts';

const options = readEngineOptions(process.argv[2] ?? '{}');
const stateDirectory = options.stateDirectory ?? defaultStateDirectory();
await makeStateDirectory(stateDirectory);
const log = new FileLog(stateDirectory);
surviveErrors(log);
setEngineFlags();
try {
  const starting = Engine.start({
    stateDirectory,
    ports: {
      ...Object.fromEntries(
        Object.entries(options.ports ?? {}).map(([name, port]) => [name, { port, movable: true }]),
      ),
      otlpHttp: { port: options.otlpHttpPort ?? receiverKinds.otlpHttp.port, movable: true },
      otlpGrpc: { port: options.otlpGrpcPort ?? receiverKinds.otlpGrpc.port, movable: true },
    },
    hosts: options.hosts,
    allowedHosts: options.allowedHosts,
    budgetBytes: options.budgetBytes ?? defaultBudgetBytes,
    journal: options.journal ?? true,
    keepLonger: options.keepLonger,
    idleSeconds: options.idleSeconds ?? defaultIdleSeconds,
    replacesOlder: true,
    ownsProcess: true,
    log,
  });
  stopOnSignals(starting, log);
  await (await starting).stopped;
} catch (error) {
  log.write(`start failed: ${error instanceof Error ? error.message : error}`);
  // Another starter was faster: its engine is the one that both wanted.
  if (!(error instanceof AddressInUseError)) process.exitCode = 2;
}
process.exit();
