import type { Ref } from 'preact';
import { useImperativeHandle, useLayoutEffect, useRef } from 'preact/hooks';
import { Icon } from './icon.tsx';
import type { IconName } from './icons.ts';
import './toolkit.ts';

export interface SearchBoxHandle {
  focus(): void;
}

interface SearchBoxProps {
  icon: IconName;
  label: string;
  title?: string;
  value: string;
  handle?: Ref<SearchBoxHandle>;
  onInput(value: string): void;
  onEnter?(backwards: boolean): void;
  onEscape(): void;
}

export function SearchBox(props: SearchBoxProps) {
  const { icon, label, title, value, handle, onInput, onEnter, onEscape } = props;
  const field = useRef<(HTMLElement & { value: string; control?: HTMLInputElement }) | null>(null);
  useImperativeHandle(handle ?? null, () => ({
    focus: () => {
      field.current?.focus();
      field.current?.control?.select();
    },
  }));
  // When it is connected, the element names itself "Text field": the true name must come after that.
  useLayoutEffect(() => field.current?.setAttribute('aria-label', label), [label]);
  return (
    <vscode-text-field
      class="search-box"
      ref={field}
      placeholder={label}
      title={title ?? label}
      value={value}
      onInput={() => onInput(field.current?.value ?? '')}
      onKeyDown={event => {
        if (event.key === 'Enter' && onEnter) onEnter(event.shiftKey);
        else if (event.key === 'Escape') onEscape();
        else return;
        event.preventDefault();
        event.stopPropagation();
      }}
    >
      <Icon name={icon} slot="start" />
    </vscode-text-field>
  );
}
