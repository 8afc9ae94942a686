import { render } from 'preact';
import './style/main.css';
import { protocolVersion } from '../src/protocol/control.ts';
import type { TraceStrings } from '../src/protocol/traceStrings.ts';
import { App } from './components/app.tsx';
import { FileTraces } from './components/file/fileTraces.tsx';
import { FileTracesModel } from './components/file/fileTracesModel.ts';
import { Formats, fill } from './components/format.ts';
import { PanelModel } from './components/panelModel.ts';
import { Placeholder } from './components/states.tsx';
import { connect } from './connection/webviewApi.ts';
import { registerControls } from './controls/toolkit.ts';

const root = document.getElementById('root') as HTMLElement;
const text: TraceStrings = JSON.parse(document.getElementById('strings')?.textContent ?? '{}');
const { client, storage } = connect();

registerControls();
await start();

async function start(): Promise<void> {
  render(<Placeholder icon="info" title={text.loading} />, root);
  try {
    const formats = new Formats(document.documentElement.lang);
    const hello = await client.request('panel/hello', { protocolVersion, state: storage.read() });
    if (hello.file !== undefined && hello.traceId === '') {
      const traces = await FileTracesModel.start(hello.file, client);
      render(<FileTraces model={traces} text={text} formats={formats} />, root);
      return;
    }
    const panel = await PanelModel.start(hello, { client, storage, text, formats });
    render(<App panel={panel} />, root);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const again = { label: text.tryAgain, run: () => void start() };
    render(<Placeholder icon="error" title={fill(text.failed, reason)} action={again} />, root);
  }
}
