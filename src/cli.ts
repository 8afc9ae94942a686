import { main } from './cli/main.ts';
import { endWithReader } from './cli/output.ts';

endWithReader();
process.exitCode = await main(process.argv.slice(2));
