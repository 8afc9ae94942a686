import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { Splitter } from '../controls/splitter.tsx';
import { Details } from './details/details.tsx';
import { FileOfTrace } from './file/fileHead.tsx';
import { fill } from './format.ts';
import { Grid } from './grid/grid.tsx';
import { Header } from './header.tsx';
import { LiveRegion } from './liveRegion.tsx';
import { Minimap } from './minimap.tsx';
import { PanelContext } from './panelContext.ts';
import type { PanelModel } from './panelModel.ts';
import { Banners, NoMatches, Notices, Placeholder } from './states.tsx';
import { Toolbar } from './toolbar.tsx';

const minDetailsWidth = 240;
/** Unless it was dragged: this share of the panel, up to a width in pixels. */
const detailsShare = 0.41;
const maxDefaultDetailsWidth = 380;
/** In a narrower panel the details stand below the waterfall. */
const minWidthBeside = 480;

/** The whole panel. */
export function App({ panel }: { panel: PanelModel }) {
  const { text, session } = panel;
  const state = session.state.value;
  useEffect(() => listenForKeys(panel), [panel]);
  if (state === 'opening') return <Placeholder icon="info" title={text.loading} />;
  if (typeof state === 'object')
    return (
      <Placeholder
        icon="error"
        title={fill(text.failed, state.failure)}
        action={{ label: text.tryAgain, run: () => void panel.open() }}
      />
    );
  const isGone = state === 'absent';
  if (isGone && !session.rows.value)
    return <Placeholder icon="info" title={text.notFoundTitle} detail={reasonOf(panel)} />;
  return (
    <PanelContext.Provider value={panel}>
      <FileOfTrace />
      <Header />
      <Toolbar />
      <Banners />
      <div class="overview">
        <Minimap />
        <Notices />
      </div>
      <Main />
      <LiveRegion />
    </PanelContext.Provider>
  );
}

/** Why there is nothing to be shown. */
function reasonOf({ dropped, formats, text }: PanelModel): string {
  if (dropped === undefined) return text.notFoundText;
  return fill(text.goneText, formats.instant(dropped.timeUnixNano).slice(0, -10));
}

function Main() {
  const width = useSignal(document.body.clientWidth);
  useEffect(() => {
    const observer = new ResizeObserver(() => {
      width.value = document.body.clientWidth;
    });
    observer.observe(document.body);
    return () => observer.disconnect();
  }, []);
  return (
    <PanelContext.Consumer>
      {panel =>
        panel && (
          <main class={width.value < minWidthBeside ? 'main stacked' : 'main'}>
            <div class="waterfall">
              <Grid />
              <NoMatches />
            </div>
            {panel.intent.detailsOpen.value && <DetailsSide panel={panel} available={width.value} />}
          </main>
        )
      }
    </PanelContext.Consumer>
  );
}

function DetailsSide({ panel, available }: { panel: PanelModel; available: number }) {
  const { intent, text } = panel;
  if (available < minWidthBeside) return <Details />;
  const max = Math.max(minDetailsWidth, Math.round(available * 0.5));
  const wanted = intent.detailsWidth.value ?? Math.min(available * detailsShare, maxDefaultDetailsWidth);
  const width = Math.round(Math.min(Math.max(wanted, minDetailsWidth), max));
  return (
    <>
      <Splitter
        class="details-splitter"
        label={text.splitterDetails}
        value={width}
        min={minDetailsWidth}
        max={max}
        direction={-1}
        onResize={value => {
          intent.detailsWidth.value = value;
        }}
        onReset={() => {
          intent.detailsWidth.value = undefined;
        }}
      />
      <Details width={width} />
    </>
  );
}

/**
 * Keys that mean the same wherever the focus is. They end here: VS Code listens on the window, whatever was prevented, and
 * would send the same command once more by its key binding.
 */
function listenForKeys(panel: PanelModel): () => void {
  const press = (event: KeyboardEvent) => {
    const command = event.ctrlKey || event.metaKey;
    if (command && !event.altKey && !event.shiftKey && event.key === 'f') panel.run('find');
    else if (event.key === 'F3') panel.run(event.shiftKey ? 'findPrevious' : 'findNext');
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  document.addEventListener('keydown', press);
  return () => document.removeEventListener('keydown', press);
}
