import { version } from '../../package.json';
import { type Introduction, protocolVersion } from '../protocol/control.ts';

/** How this process introduces itself to the other end of a control connection. */
export const introduction: Introduction = { protocolVersion, version, pid: process.pid };
