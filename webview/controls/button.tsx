import { Icon } from './icon.tsx';
import type { IconName } from './icons.ts';
import './toolkit.ts';

interface IconButtonProps {
  icon: IconName;
  /** Spoken name and tooltip. */
  label: string;
  /** For toggles: whether it is on. */
  pressed?: boolean;
  /** It would change nothing now. It can still have the focus, which is not lost when it is what made it so. */
  unavailable?: boolean;
  onClick(event: MouseEvent): void;
}

export function IconButton({ icon, label, pressed, unavailable, onClick }: IconButtonProps) {
  return (
    <vscode-button
      class="icon-button"
      appearance="icon"
      aria-label={label}
      ariaPressed={pressed === undefined ? undefined : String(pressed)}
      title={label}
      ariaDisabled={unavailable === undefined ? undefined : String(unavailable)}
      onClick={onClick}
    >
      <Icon name={icon} />
    </vscode-button>
  );
}

interface TextButtonProps {
  label: string;
  secondary?: boolean;
  onClick(event: MouseEvent): void;
}

export function TextButton({ label, secondary = false, onClick }: TextButtonProps) {
  return (
    <vscode-button appearance={secondary ? 'secondary' : 'primary'} onClick={onClick}>
      {label}
    </vscode-button>
  );
}
