import type { SourceCandidate } from '../../../src/protocol/panel.ts';
import { IconButton } from '../../controls/button.tsx';
import { fill } from '../format.ts';
import { usePanel } from '../panelContext.ts';

/** The lines that the span may come from, best first. `null` while they are being looked for. */
export function Source({ candidates }: { candidates: readonly SourceCandidate[] | null }) {
  const panel = usePanel();
  const { text } = panel;
  if (candidates === null) return <p class="hint">{text.sourceSearching}</p>;
  if (candidates.length === 0) return <p class="hint">{text.sourceNone}</p>;
  const open = (candidate: SourceCandidate, beside: boolean) =>
    void panel.attempt(() => panel.client.request('source/openCandidate', { candidate, beside }));
  return (
    <ul class="candidates">
      {candidates.map(candidate => (
        <li key={`${candidate.uri}:${candidate.line}`}>
          <div class="candidate-line">
            <button
              type="button"
              class="link path"
              title={text.goToSource}
              onClick={event => open(candidate, event.altKey || event.ctrlKey || event.metaKey)}
            >
              {`${candidate.path}:${candidate.line}`}
            </button>
            <IconButton
              icon="split"
              label={`${text.goToSourceBeside}: ${candidate.path}:${candidate.line}`}
              onClick={() => open(candidate, true)}
            />
          </div>
          {candidate.preview !== '' && <code class="preview">{candidate.preview}</code>}
          <span class="hint">
            {fill(text.sourceConfidence, Math.round(candidate.confidence * 100), candidate.strategy)}
          </span>
        </li>
      ))}
    </ul>
  );
}
