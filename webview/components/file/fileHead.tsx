import type { PanelFile } from '../../../src/protocol/panel.ts';
import type { TraceStrings } from '../../../src/protocol/traceStrings.ts';
import { IconButton } from '../../controls/button.tsx';
import { type Formats, fill } from '../format.ts';
import { usePanel } from '../panelContext.ts';
import { Banner, News } from '../states.tsx';

interface FileHeadProps {
  file: PanelFile;
  text: TraceStrings;
  formats: Formats;
  /** Absent where all traces are shown. */
  onShowTraces?: () => void;
}

/** What the file is, and what is wrong with it. */
export function FileHead({ file, text, formats, onShowTraces }: FileHeadProps) {
  const { name, format, traces, spans, warnings } = file;
  return (
    <>
      <div class="file-head">
        {onShowTraces && <IconButton icon="listFlat" label={text.fileTraces} onClick={onShowTraces} />}
        <span class="file-name">{name}</span>
        <span class="file-summary">
          {fill(text.fileSummary, format, formats.count(traces), formats.count(spans))}
        </span>
      </div>
      {warnings.length > 0 && (
        <News class="file-warnings">
          {warnings.map(warning => (
            <Banner key={warning} icon="warning" message={warning} />
          ))}
        </News>
      )}
    </>
  );
}

/** The file that the trace of this panel is from, with the way back to its other traces. */
export function FileOfTrace() {
  const panel = usePanel();
  const { file, text, formats, client } = panel;
  if (file === undefined) return null;
  const showTraces = () => void panel.attempt(() => client.request('file/showTraces', {}));
  return (
    <FileHead
      file={file}
      text={text}
      formats={formats}
      {...(file.traces > 1 && { onShowTraces: showTraces })}
    />
  );
}
