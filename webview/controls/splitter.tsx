interface SplitterProps {
  label: string;
  /** Width of what it resizes, pixels. */
  value: number;
  min: number;
  max: number;
  /** 1 if moving right makes it wider, -1 if moving left does. */
  direction: 1 | -1;
  class: string;
  /** CSS length of its place, if it stands free. */
  left?: string;
  onResize(width: number): void;
  onReset(): void;
}

const keyStep = 16;

/** A separator that is moved with the pointer or the arrow keys; a double click resets it. */
export function Splitter(props: SplitterProps) {
  const { label, value, min, max, direction, left, onResize, onReset } = props;
  const resize = (width: number) => onResize(Math.round(Math.min(Math.max(width, min), max)));
  const drag = (down: PointerEvent) => {
    if (down.button !== 0) return;
    const handle = down.currentTarget as HTMLElement;
    handle.setPointerCapture(down.pointerId);
    const move = (event: PointerEvent) => resize(value + direction * (event.clientX - down.clientX));
    const end = () => {
      handle.removeEventListener('pointermove', move);
      handle.classList.remove('dragging');
    };
    handle.classList.add('dragging');
    handle.addEventListener('pointermove', move);
    handle.addEventListener('lostpointercapture', end, { once: true });
    down.preventDefault();
  };
  const press = (event: KeyboardEvent) => {
    if (event.key === 'ArrowLeft') resize(value - direction * keyStep);
    else if (event.key === 'ArrowRight') resize(value + direction * keyStep);
    else if (event.key === 'Home') resize(min);
    else if (event.key === 'End') resize(max);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <div
      class={`splitter ${props.class}`}
      style={left === undefined ? undefined : { left }}
      role="separator"
      tabIndex={0}
      aria-orientation="vertical"
      aria-label={label}
      aria-valuenow={value}
      aria-valuemin={min}
      aria-valuemax={max}
      onPointerDown={drag}
      onDblClick={onReset}
      onKeyDown={press}
    />
  );
}
