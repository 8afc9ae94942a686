import { useSignalEffect } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { type MinimapCells, paintMinimap } from '../paint/minimap.ts';
import { ThemeColors } from '../paint/themeColors.ts';
import { lengthOf, pan, type TimeRange } from '../timeline/timeRange.ts';
import { TimeScale } from '../timeline/timeScale.ts';
import { usePanel } from './panelContext.ts';

/** Lanes asked for: one a pixel. */
const height = 48;
/** A growing trace is drawn anew at most so often. Milliseconds. */
const refreshInterval = 1000;
/** So near to an edge of the window the pointer takes the edge. Pixels. */
const edge = 6;

/** The whole trace at a glance, with a window over the part that the timeline shows. Keys do the same in the grid. */
export function Minimap() {
  const panel = usePanel();
  const frame = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const probe = useRef<HTMLSpanElement>(null);
  const cells = useRef<MinimapCells | undefined>(undefined);
  const generation = panel.session.rows.value?.head.generation;

  const paint = () => {
    if (canvas.current && probe.current && cells.current)
      paintMinimap(canvas.current, cells.current, new ThemeColors(probe.current));
  };

  useEffect(() => {
    if (generation === undefined) return;
    const read = async () => {
      const width = Math.min(Math.max(Math.round(frame.current?.clientWidth ?? 0), 1), 4096);
      cells.current = await panel.session.minimap(width, height);
      paint();
    };
    const refresh = () => void read().catch(error => panel.report(error));
    if (!cells.current) {
      refresh();
      return;
    }
    const timer = setTimeout(refresh, refreshInterval);
    return () => clearTimeout(timer);
  }, [generation]);

  // VS Code tells a change of theme by the attributes of the page.
  useEffect(() => {
    const observer = new MutationObserver(paint);
    observer.observe(document.body, { attributes: true, attributeFilter: ['class', 'data-vscode-theme-id'] });
    observer.observe(document.documentElement, { attributes: true, attributeFilter: ['style'] });
    return () => observer.disconnect();
  }, []);

  const window = useRef<HTMLDivElement>(null);
  useSignalEffect(() => {
    const range = panel.visibleRange.value;
    const whole = panel.whole.value;
    if (!window.current) return;
    const isZoomed = lengthOf(range) < lengthOf(whole);
    window.current.classList.toggle('zoomed', isZoomed);
    window.current.style.left = `${((range.start - whole.start) / lengthOf(whole)) * 100}%`;
    window.current.style.right = `${((whole.end - range.end) / lengthOf(whole)) * 100}%`;
  });

  const drag = (down: PointerEvent) => {
    if (down.button !== 0 || !frame.current) return;
    const element = frame.current;
    const { left, width } = element.getBoundingClientRect();
    const whole = panel.whole.peek();
    const scale = new TimeScale(whole, width);
    const range = panel.visibleRange.peek();
    const at = scale.toTime(down.clientX - left);
    const isZoomed = lengthOf(range) < lengthOf(whole);
    const near = (time: number) => isZoomed && Math.abs(scale.toPixel(time) - (down.clientX - left)) <= edge;
    const inside = isZoomed && at > range.start && at < range.end;
    const dragged: (to: number) => TimeRange | undefined = near(range.start)
      ? to => ordered(to, range.end)
      : near(range.end)
        ? to => ordered(range.start, to)
        : inside
          ? to => pan(range, to - at, whole)
          : to => ordered(at, to);
    element.setPointerCapture(down.pointerId);
    const move = (event: PointerEvent) => {
      const to = scale.toTime(Math.min(Math.max(event.clientX - left, 0), width));
      const next = dragged(to);
      if (next && Math.abs(event.clientX - down.clientX) > 2) panel.setZoom(next);
    };
    element.addEventListener('pointermove', move);
    element.addEventListener('lostpointercapture', () => element.removeEventListener('pointermove', move), {
      once: true,
    });
  };

  return (
    <div
      class="minimap"
      ref={frame}
      title={panel.text.minimap}
      aria-hidden="true"
      onPointerDown={drag}
      onDblClick={() => panel.setZoom(undefined)}
    >
      <canvas ref={canvas} width={1} height={1} />
      <div class="minimap-window" ref={window} />
      <span class="color-probe" ref={probe} />
    </div>
  );
}

function ordered(one: number, other: number): TimeRange | undefined {
  return one === other ? undefined : { start: Math.min(one, other), end: Math.max(one, other) };
}
