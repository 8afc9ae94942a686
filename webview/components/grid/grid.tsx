import { computed, effect, signal, untracked } from '@preact/signals';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import { formatDuration } from '../../../src/model/time.ts';
import { Splitter } from '../../controls/splitter.tsx';
import { formatTime } from '../../timeline/ticks.ts';
import { lengthOf, pan, zoomAt } from '../../timeline/timeRange.ts';
import { TimeScale } from '../../timeline/timeScale.ts';
import { nameOr } from '../format.ts';
import { usePanel } from '../panelContext.ts';
import { pressInGrid } from './gridKeys.ts';
import { spokenRow } from './spokenRow.ts';
import { cursorResolution, TickLines, TimeAxis } from './timeAxis.tsx';
import { minNameWidth, nameWidthIn, timelinePadding, widestName } from './timelineGeometry.ts';
import { WaterfallView } from './waterfallView.ts';

/** What a notch of the wheel zooms by. */
const wheelZoom = 1.0015;

/** The waterfall: a treegrid with one tab stop, whose rows are painted by `WaterfallView`. */
export function Grid() {
  const panel = usePanel();
  const { intent, session, text } = panel;
  const grid = useRef<HTMLDivElement>(null);
  const viewport = useRef<HTMLDivElement>(null);
  const spacer = useRef<HTMLDivElement>(null);
  const cursorLine = useRef<HTMLDivElement>(null);
  const cursorLabel = useRef<HTMLElement>(null);
  const view = useRef<WaterfallView | undefined>(undefined);
  const { width, nameWidth, scale } = useMemo(() => {
    const width = signal(0);
    const nameWidth = computed(() => nameWidthIn(width.value, intent.nameColumnWidth.value));
    const scale = computed(
      () =>
        new TimeScale(
          panel.visibleRange.value,
          Math.max(width.value - nameWidth.value - 2 * timelinePadding, 1),
        ),
    );
    return { width, nameWidth, scale };
  }, [panel, intent]);

  useEffect(() => {
    if (!viewport.current || !spacer.current || !grid.current) return;
    const [viewportElement, gridElement] = [viewport.current, grid.current];
    const waterfall = new WaterfallView(viewportElement, spacer.current, {
      scale: () => scale.peek(),
      nameWidth: () => nameWidth.peek(),
      showCriticalPath: () => intent.showCriticalPath.peek(),
      activeRow: () => panel.activeRow.peek(),
      text,
      speak: (row, rows) => spokenRow(row, rows.head.services, text),
      onDidShow: (first, last) => session.showing(first, last),
      onDidPaint: activeElementId => {
        if (activeElementId === '') gridElement.removeAttribute('aria-activedescendant');
        else gridElement.setAttribute('aria-activedescendant', activeElementId);
      },
    });
    view.current = waterfall;
    const resize = new ResizeObserver(() => {
      width.value = viewportElement.clientWidth;
      gridElement.style.setProperty(
        '--scrollbar',
        `${viewportElement.offsetWidth - viewportElement.clientWidth}px`,
      );
      waterfall.resize(viewportElement.clientHeight);
    });
    resize.observe(viewportElement);
    // Rows are placed by the height: it must be known before the first of them.
    width.value = viewportElement.clientWidth;
    waterfall.resize(viewportElement.clientHeight);
    const stops = [
      effect(() => {
        const rows = session.rows.value;
        if (rows) untracked(() => waterfall.setRows(rows));
      }),
      effect(() => {
        waterfall.setActive(panel.activeRow.value);
      }),
      effect(() => {
        scale.value;
        waterfall.repaintTimeline();
      }),
      effect(() => {
        nameWidth.value;
        intent.showCriticalPath.value;
        waterfall.repaint();
      }),
    ];
    const scrolling = panel.onDidRequestScroll(row => waterfall.scrollTo(row));
    const focusing = panel.onDidRequestCommand(command => command === 'focusGrid' && gridElement.focus());
    gridElement.focus({ preventScroll: true });
    return () => {
      for (const stop of stops) stop();
      focusing.dispose();
      scrolling.dispose();
      resize.disconnect();
      waterfall.dispose();
    };
  }, [panel]);

  // Preact registers wheel listeners as passive; zooming has to prevent the page's own.
  useEffect(() => {
    const element = grid.current;
    if (!element) return;
    const wheel = (event: WheelEvent) => {
      const timeline = element.getBoundingClientRect().left + nameWidth.peek() + timelinePadding;
      const range = panel.visibleRange.peek();
      if (event.ctrlKey || event.metaKey) {
        const pivot = scale.peek().toTime(event.clientX - timeline);
        panel.setZoom(zoomAt(range, wheelZoom ** event.deltaY, pivot, panel.whole.peek()));
      } else if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
        const pixels = event.shiftKey && event.deltaX === 0 ? event.deltaY : event.deltaX;
        panel.setZoom(pan(range, (pixels * lengthOf(range)) / scale.peek().width, panel.whole.peek()));
      } else return;
      event.preventDefault();
      event.stopPropagation();
    };
    element.addEventListener('wheel', wheel, { passive: false, capture: true });
    return () => element.removeEventListener('wheel', wheel, { capture: true });
  }, [panel]);

  const point = (event: PointerEvent) => {
    if (!cursorLine.current || !cursorLabel.current || !grid.current) return;
    const x = event.clientX - grid.current.getBoundingClientRect().left - nameWidth.peek() - timelinePadding;
    const isOutside = event.type === 'pointerleave' || x < 0 || x > scale.peek().width;
    cursorLine.current.hidden = isOutside;
    cursorLabel.current.hidden = isOutside;
    if (isOutside) return;
    const label = formatTime(scale.peek().toTime(x), cursorResolution(scale.peek()));
    cursorLine.current.style.transform = `translateX(${Math.round(x)}px)`;
    cursorLabel.current.textContent = label;
    const flip = x > scale.peek().width - 70 ? ' translateX(-100%)' : '';
    cursorLabel.current.style.transform = `translateX(${Math.round(x)}px)${flip}`;
  };
  const click = (event: MouseEvent) => {
    const row = view.current?.rowOf(event.target) ?? -1;
    if (row < 0) return;
    const onTwistie = event.target instanceof Element && event.target.closest('.twistie') !== null;
    void panel.attempt(async () => {
      if (onTwistie) await panel.toggle(row);
      else await panel.select(row);
      if (event.ctrlKey || event.metaKey) await panel.goToSource(event.altKey);
    });
  };
  const doubleClick = (event: MouseEvent) => {
    const loaded = session.rows.value?.windows.at(view.current?.rowOf(event.target) ?? -1);
    if (!loaded || !(event.target instanceof Element) || event.target.closest('.twistie')) return;
    if (event.target.closest('.timeline-cell')) panel.zoomToRow(loaded);
    else intent.detailsOpen.value = true;
  };
  /** Names are often cut off, and bars too short to say more: all of it as a tooltip, made when the pointer is there. */
  const hover = (event: MouseEvent) => {
    const cell = event.target instanceof Element ? event.target.closest<HTMLElement>('.row > *') : null;
    const rows = session.rows.value;
    const loaded = rows?.windows.at(view.current?.rowOf(cell) ?? -1);
    if (!cell || !rows || !loaded) return;
    const { columns, names, index } = loaded;
    cell.title = cell.classList.contains('name-cell')
      ? `${nameOr(text.noName, names[columns.name[index]])} · ${rows.head.services[columns.service[index]]?.name ?? ''}`
      : [
          `${text.duration}: ${formatDuration(columns.duration[index])}`,
          `${text.selfTime}: ${formatDuration(columns.selfTime[index])}`,
          `${text.start}: ${formatDuration(columns.start[index])}`,
        ].join('\n');
  };

  const rowCount = session.rows.value?.head.rowCount ?? 0;
  return (
    <div class="grid-frame" style={{ '--name-width': `${nameWidth.value}px` }}>
      <div
        ref={grid}
        class="grid"
        role="treegrid"
        tabIndex={0}
        aria-label={text.grid}
        aria-describedby="grid-keys"
        aria-rowcount={rowCount + 1}
        aria-colcount={2}
        onKeyDown={event => {
          if (event.target !== grid.current && event.target !== viewport.current) return;
          if (!pressInGrid(panel, event, view.current?.pageSize ?? 1)) return;
          // In a low panel the page may have been scrolled away from what is moved in.
          event.currentTarget.scrollIntoView({ block: 'nearest' });
          event.preventDefault();
          event.stopPropagation();
        }}
        onPointerMove={point}
        onPointerLeave={point}
      >
        <div class="grid-header" role="row" aria-rowindex={1}>
          <div class="column-name" role="columnheader">
            {text.columnSpan}
          </div>
          <TimeAxis scale={scale.value} cursorLabel={cursorLabel} />
        </div>
        <div class="grid-body" role="presentation">
          <TickLines scale={scale.value} />
          <div
            ref={viewport}
            class="viewport"
            role="rowgroup"
            tabIndex={-1}
            onClick={click}
            onDblClick={doubleClick}
            onMouseOver={hover}
          >
            <div ref={spacer} class="spacer" role="presentation" />
          </div>
          <div ref={cursorLine} class="cursor-line" aria-hidden="true" hidden />
        </div>
      </div>
      <p id="grid-keys" class="spoken-only">
        {text.gridKeys}
      </p>
      <Splitter
        class="column-splitter"
        label={text.splitterColumns}
        value={nameWidth.value}
        min={minNameWidth}
        max={widestName(width.value)}
        direction={1}
        left={`${nameWidth.value}px`}
        onResize={value => {
          intent.nameColumnWidth.value = value;
        }}
        onReset={() => {
          intent.nameColumnWidth.value = undefined;
        }}
      />
    </div>
  );
}
