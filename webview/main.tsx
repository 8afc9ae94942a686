import { render } from 'preact';
import './style/main.css';
import type { TraceStrings } from '../src/protocol/traceStrings.ts';
import { App } from './components/app.tsx';
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
    const panel = await PanelModel.hello(client, storage, text, formats);
    render(<App panel={panel} />, root);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const again = { label: text.tryAgain, run: () => void start() };
    render(<Placeholder icon="error" title={fill(text.failed, reason)} action={again} />, root);
  }
}
