import type { CommandHandlers } from '../commands.ts';
import type { EngineLink } from '../link/engineLink.ts';
import type { ReceiverControl } from '../link/receiverControl.ts';
import { commands } from '../names.ts';
import type { ForwardControl } from './forwardControl.ts';

/** Commands that start, stop and show forwarding. What they ask and say is loaded when it is wanted. */
export function forwardCommands(link: EngineLink, control: ReceiverControl, forward: ForwardControl) {
  const dialogs = () => import('./forwardDialogs.ts');
  return {
    [commands.startForwarding]: async () => {
      const { startForwarding } = await dialogs();
      await startForwarding(link, control, forward);
    },
    [commands.stopForwarding]: async () => {
      await control.require();
      await forward.stop();
    },
    [commands.showForwarding]: async () => {
      const { showForwarding } = await dialogs();
      await showForwarding(link, control, forward);
    },
    [commands.setForwardHeader]: async () => {
      const { setForwardHeader } = await dialogs();
      await setForwardHeader(link, control, forward);
    },
  } satisfies Partial<CommandHandlers>;
}
