import { useSignal } from '@preact/signals';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import { IconButton } from '../controls/button.tsx';
import { SearchBox, type SearchBoxHandle } from '../controls/searchBox.tsx';
import { Finder, type Findings } from './finder.ts';
import { type Formats, fill } from './format.ts';
import { usePanel } from './panelContext.ts';

/** Typing is followed after a pause; every letter would move the rows. Milliseconds. */
const typingPause = 180;

export function Toolbar() {
  const panel = usePanel();
  const { text, formats, intent, session } = panel;
  const finder = useMemo(() => new Finder(panel), [panel]);
  const findBox = useRef<SearchBoxHandle>(null);
  const filterBox = useRef<SearchBoxHandle>(null);
  const filterText = useSignal(intent.filter.peek());
  const filterCount = session.rows.value?.head.matchCount ?? 0;
  const searchSoon = usePause(finder.search.bind(finder));
  const filterSoon = usePause((value: string) => void panel.attempt(() => panel.filter(value)));

  useEffect(() => {
    const subscription = panel.onDidRequestCommand(command => {
      if (command === 'find') findBox.current?.focus();
      else if (command === 'filter') filterBox.current?.focus();
      else if (command === 'findNext') finder.next();
      else if (command === 'findPrevious') finder.previous();
    });
    // "Filter by this" and "Clear filter" set the text from elsewhere.
    const stop = intent.filter.subscribe(value => {
      filterText.value = value;
    });
    return () => {
      subscription.dispose();
      stop();
    };
  }, [panel]);

  return (
    <div class="toolbar" role="toolbar" aria-label={text.toolbar}>
      <SearchBox
        icon="search"
        label={text.findPlaceholder}
        value={finder.query.value}
        handle={findBox}
        onInput={searchSoon}
        onEnter={backwards => (backwards ? finder.previous() : finder.next())}
        onEscape={() => {
          finder.search('');
          panel.run('focusGrid');
        }}
      />
      <span class="count" aria-live="off">
        {findCount(finder.findings.value, text.findCount, text.findNone, formats)}
      </span>
      <IconButton icon="chevronUp" label={text.findPrevious} onClick={() => finder.previous()} />
      <IconButton icon="chevronDown" label={text.findNext} onClick={() => finder.next()} />
      <SearchBox
        icon="filter"
        label={text.filterPlaceholder}
        title={text.filterTitle}
        value={filterText.value}
        handle={filterBox}
        onInput={value => {
          filterText.value = value;
          filterSoon(value);
        }}
        onEscape={() => {
          filterText.value = '';
          void panel.attempt(() => panel.filter(''));
          panel.run('focusGrid');
        }}
      />
      <span class="count">
        {intent.filter.value !== '' && fill(text.filterCount, formats.count(filterCount))}
      </span>
      <span class="toolbar-gap" />
      <span class="tool-group">
        <IconButton icon="expandAll" label={text.expandAll} onClick={() => panel.run('expandAll')} />
        <IconButton icon="collapseAll" label={text.collapseAll} onClick={() => panel.run('collapseAll')} />
        <IconButton icon="unfold" label={text.expandLevel} onClick={() => panel.run('expandLevel')} />
        <IconButton icon="fold" label={text.collapseLevel} onClick={() => panel.run('collapseLevel')} />
      </span>
      <span class="tool-group">
        <IconButton icon="zoomOut" label={text.zoomOut} onClick={() => panel.run('zoomOut')} />
        <IconButton icon="zoomIn" label={text.zoomIn} onClick={() => panel.run('zoomIn')} />
        <IconButton
          icon="zoomReset"
          label={text.zoomReset}
          unavailable={intent.zoom.value === undefined}
          onClick={() => panel.run('zoomReset')}
        />
      </span>
      <span class="tool-group">
        <IconButton
          icon="criticalPath"
          label={`${text.criticalPath}: ${text.criticalPathTitle}`}
          pressed={intent.showCriticalPath.value}
          onClick={() => panel.run('toggleCriticalPath')}
        />
        {panel.file === undefined && (
          <IconButton
            icon={panel.pinned.value ? 'pinned' : 'pin'}
            label={text.pin}
            pressed={panel.pinned.value}
            onClick={() => void panel.togglePinned()}
          />
        )}
        <IconButton
          icon="json"
          label={text.openJson}
          onClick={() =>
            void panel.attempt(() => panel.client.request('trace/openJson', { traceId: session.traceId }))
          }
        />
        <IconButton
          icon="sidebar"
          label={text.toggleDetails}
          pressed={intent.detailsOpen.value}
          onClick={() => panel.run('toggleDetails')}
        />
      </span>
    </div>
  );
}

function findCount(findings: Findings | null, some: string, none: string, formats: Formats): string {
  if (!findings) return '';
  if (findings.count === 0) return none;
  return fill(some, formats.count(findings.index + 1), formats.count(findings.count));
}

/** Calls `action` with the last value after a pause in the calls. */
function usePause(action: (value: string) => void): (value: string) => void {
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const latest = useRef(action);
  latest.current = action;
  useEffect(() => () => clearTimeout(timer.current), []);
  return value => {
    clearTimeout(timer.current);
    timer.current = setTimeout(() => latest.current(value), typingPause);
  };
}
