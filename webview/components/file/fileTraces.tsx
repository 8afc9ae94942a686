import { useRef } from 'preact/hooks';
import { formatDuration } from '../../../src/model/time.ts';
import type { TraceSummary } from '../../../src/protocol/control.ts';
import type { TraceStrings } from '../../../src/protocol/traceStrings.ts';
import { Icon } from '../../controls/icon.tsx';
import { SearchBox } from '../../controls/searchBox.tsx';
import { type Formats, fill, nameOr } from '../format.ts';
import { Banner, News, Placeholder } from '../states.tsx';
import { FileHead } from './fileHead.tsx';
import type { FileTracesModel } from './fileTracesModel.ts';

interface FileTracesProps {
  model: FileTracesModel;
  text: TraceStrings;
  formats: Formats;
}

/** A file of several traces: which one is to be shown? */
export function FileTraces({ model, text, formats }: FileTracesProps) {
  const { file, filter, traces, total, trouble } = model;
  const list = useRef<HTMLUListElement | null>(null);
  const shown = traces.value.length;
  return (
    <>
      <FileHead file={file} text={text} formats={formats} />
      <News>
        {trouble.value !== '' && <Banner icon="error" message={fill(text.failed, trouble.value)} />}
      </News>
      <div class="toolbar">
        <SearchBox
          icon="filter"
          label={text.fileFilter}
          value={filter.value}
          onInput={value => void model.search(value)}
          onEnter={() => list.current?.querySelector('button')?.focus()}
          onEscape={() => void model.search('')}
        />
        <span class="count" role="status">
          {fill(text.fileShown, formats.count(shown), formats.count(total.value))}
        </span>
      </div>
      {shown === 0 ? (
        <Placeholder
          icon="info"
          title={filter.value === '' ? text.fileEmpty : fill(text.fileNoMatch, filter.value)}
          isSaid
        />
      ) : (
        <ul ref={list} class="file-traces" aria-label={fill(text.fileList, file.name)} onKeyDown={moveFocus}>
          {traces.value.map(trace => (
            <li key={trace.traceId}>
              <TraceRow
                trace={trace}
                text={text}
                formats={formats}
                onOpen={() => void model.open(trace.traceId)}
              />
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

interface TraceRowProps {
  trace: TraceSummary;
  text: TraceStrings;
  formats: Formats;
  onOpen(): void;
}

function TraceRow({ trace, text, formats, onOpen }: TraceRowProps) {
  const { rootSpanName, rootServiceName, spanCount, errorCount } = trace;
  const started = formats.instant(trace.startTimeUnixNano).slice(0, -6);
  const [, day = '', clock = started] = /^(.*\s)(\S+)$/.exec(started) ?? [];
  const duration = formatDuration(Number(trace.durationNano));
  const spans = spanCount === 1 ? text.fileSpan : fill(text.fileSpans, formats.count(spanCount));
  const errors = errorCount === 1 ? text.fileError : fill(text.fileErrors, formats.count(errorCount));
  const name = nameOr(text.noName, rootSpanName);
  const spoken = [name, rootServiceName, duration, spans, ...(errorCount > 0 ? [errors] : []), started];
  return (
    <button
      type="button"
      class="file-trace"
      aria-label={spoken.join(', ')}
      title={trace.traceId}
      onClick={onOpen}
    >
      <span class="file-trace-icon">{errorCount > 0 && <Icon name="error" />}</span>
      <span class="file-trace-name">
        {name} <span class="file-trace-service">{rootServiceName}</span>
      </span>
      <span class="file-trace-number">{spans}</span>
      <span class="file-trace-number">{duration}</span>
      <span class="file-trace-start">
        <span class="file-trace-day">{day}</span>
        {clock}
      </span>
    </button>
  );
}

/** Arrow keys, Home and End go from row to row, as in a list of VS Code. */
function moveFocus(event: KeyboardEvent & { currentTarget: HTMLUListElement }): void {
  const rows = [...event.currentTarget.querySelectorAll('button')];
  const at = rows.indexOf(document.activeElement as HTMLButtonElement);
  const targets: { readonly [key: string]: number } = {
    ArrowDown: Math.min(at + 1, rows.length - 1),
    ArrowUp: Math.max(at - 1, 0),
    Home: 0,
    End: rows.length - 1,
  };
  const target = targets[event.key];
  if (target === undefined) return;
  event.preventDefault();
  rows[target].focus();
}
