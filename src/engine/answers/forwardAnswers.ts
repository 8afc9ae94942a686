import { ResponseError } from 'vscode-jsonrpc/node';
import { ForwardOptionsError } from '../../backends/forward/options.ts';
import { controlErrors } from '../../protocol/control.ts';
import type { ControlAnswers } from '../controlConnection.ts';
import type { AnswerParts } from './parts.ts';

/** Starts and stops sending on what is received. */
export function forwardAnswers({ forwarding, receivers }: AnswerParts) {
  return {
    'forward/start': options => {
      try {
        forwarding.start(options, receivers.openPorts);
      } catch (error) {
        if (!(error instanceof ForwardOptionsError)) throw error;
        throw new ResponseError(controlErrors.forwardRefused, error.message);
      }
      return forwarding.status;
    },
    'forward/stop': async () => {
      await forwarding.stop();
      return forwarding.status;
    },
  } satisfies Partial<ControlAnswers>;
}
