import { ErrorCodes, ResponseError } from 'vscode-jsonrpc/node';
import { controlErrors } from '../../protocol/control.ts';
import { PortTakenError } from '../../receive/portTaken.ts';
import type { ControlAnswers } from '../controlConnection.ts';
import { type BuiltReceiver, receiverKinds } from '../receiverKinds.ts';
import type { AnswerParts } from './parts.ts';

/** Opens and closes receivers while the engine runs. */
export function receiverAnswers({ receivers }: Pick<AnswerParts, 'receivers'>) {
  return {
    'receiver/open': async ({ receiver, port }) => {
      try {
        return { address: await receivers.openNow(known(receiver), port) };
      } catch (error) {
        if (!(error instanceof PortTakenError)) throw error;
        const { message, holder } = error;
        throw new ResponseError(controlErrors.portTaken, message, { port, holder });
      }
    },
    'receiver/close': async ({ receiver }) => {
      await receivers.closeNow(known(receiver));
      return {};
    },
  } satisfies Partial<ControlAnswers>;
}

function known(receiver: string): BuiltReceiver {
  if (Object.hasOwn(receiverKinds, receiver)) return receiver as BuiltReceiver;
  throw new ResponseError(ErrorCodes.InvalidParams, `there is no receiver ${receiver}`);
}
