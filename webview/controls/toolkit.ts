/** The control library: nothing outside this folder knows of it. Each component is registered when it is imported. */
import { vsCodeButton } from '@vscode/webview-ui-toolkit/dist/button/index.js';
import { vsCodeTextField } from '@vscode/webview-ui-toolkit/dist/text-field/index.js';
import { provideVSCodeDesignSystem } from '@vscode/webview-ui-toolkit/dist/vscode-design-system.js';
import type { ComponentChildren, HTMLAttributes, Ref } from 'preact';

let registered = false;

/** Defines the elements; once is enough, and it must come before the first render. */
export function registerControls(): void {
  if (registered) return;
  registered = true;
  provideVSCodeDesignSystem().register(vsCodeButton(), vsCodeTextField());
}

/** States are properties: of the attributes, the button that is inside follows the label alone. */
interface ControlAttributes extends Omit<HTMLAttributes<HTMLElement>, 'ref'> {
  ariaPressed?: string;
  ariaDisabled?: string;
  appearance?: 'primary' | 'secondary' | 'icon';
  disabled?: boolean;
  value?: string;
  placeholder?: string;
  children?: ComponentChildren;
  ref?: Ref<HTMLElement & { value: string }>;
}

declare module 'preact' {
  namespace JSX {
    interface IntrinsicElements {
      'vscode-button': ControlAttributes;
      'vscode-text-field': ControlAttributes;
    }
  }
}
