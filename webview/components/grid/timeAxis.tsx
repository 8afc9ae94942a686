import type { Ref } from 'preact';
import { useRef } from 'preact/hooks';
import { type Tick, ticksOf } from '../../timeline/ticks.ts';
import { lengthOf } from '../../timeline/timeRange.ts';
import type { TimeScale } from '../../timeline/timeScale.ts';
import { usePanel } from '../panelContext.ts';
import { timelinePadding } from './timelineGeometry.ts';

/** Width of a character of a label, roughly, with the gap between line and label. Pixels. */
const labelCharacter = 7;

/** A drag shorter than this is a click. Pixels. */
const minDrag = 4;

/** The ticks above the bars; dragging over them zooms to what was swept. */
export function TimeAxis({ scale, cursorLabel }: { scale: TimeScale; cursorLabel: Ref<HTMLElement> }) {
  const panel = usePanel();
  const sweep = useRef<HTMLDivElement>(null);
  const ticks = ticksOf(scale.range, scale.width);
  const drag = (down: PointerEvent) => {
    if (down.button !== 0 || !sweep.current) return;
    const axis = down.currentTarget as HTMLElement;
    const box = sweep.current;
    const left = axis.getBoundingClientRect().left + timelinePadding;
    const clamp = (event: PointerEvent) => Math.min(Math.max(event.clientX - left, 0), scale.width);
    const from = clamp(down);
    axis.setPointerCapture(down.pointerId);
    const move = (event: PointerEvent) => {
      const to = clamp(event);
      box.hidden = Math.abs(to - from) < minDrag;
      box.style.left = `${Math.min(from, to) + timelinePadding}px`;
      box.style.width = `${Math.abs(to - from)}px`;
    };
    const end = () => {
      axis.removeEventListener('pointermove', move);
      axis.removeEventListener('pointerup', up);
      box.hidden = true;
    };
    const up = (event: PointerEvent) => {
      const to = clamp(event);
      if (Math.abs(to - from) < minDrag) return;
      const [start, stop] = [scale.toTime(Math.min(from, to)), scale.toTime(Math.max(from, to))];
      if (stop > start) panel.setZoom({ start, end: stop });
    };
    axis.addEventListener('pointermove', move);
    axis.addEventListener('pointerup', up);
    axis.addEventListener('lostpointercapture', end, { once: true });
  };
  return (
    <div class="axis" role="columnheader" aria-label={panel.text.columnTimeline} onPointerDown={drag}>
      {ticks.map((tick, index) => {
        const x = scale.toPixel(tick.time);
        // The last label would be cut off: it stands left of its tick, if the one before leaves room.
        const flipped = x + widthOf(tick) > scale.width;
        const before = ticks[index - 1];
        const hasRoom =
          !flipped || !before || scale.toPixel(before.time) + widthOf(before) < x - widthOf(tick);
        return (
          <span
            key={tick.time}
            class={flipped ? 'tick flipped' : 'tick'}
            style={{ transform: `translateX(${x.toFixed(1)}px)` }}
          >
            {hasRoom && <span class="tick-label">{tick.label}</span>}
          </span>
        );
      })}
      <span class="cursor-label" ref={cursorLabel} aria-hidden="true" hidden />
      <div class="sweep" ref={sweep} hidden />
    </div>
  );
}

function widthOf({ label }: Tick): number {
  return label.length * labelCharacter;
}

/** The lines of the ticks behind the bars. */
export function TickLines({ scale }: { scale: TimeScale }) {
  return (
    <div class="tick-lines" aria-hidden="true">
      {ticksOf(scale.range, scale.width).map(tick => (
        <span
          key={tick.time}
          class="tick-line"
          style={{ transform: `translateX(${scale.toPixel(tick.time).toFixed(1)}px)` }}
        />
      ))}
    </div>
  );
}

/** How finely a time under the pointer is worth being told. */
export function cursorResolution(scale: TimeScale): number {
  return Math.max(1, lengthOf(scale.range) / 1000);
}
