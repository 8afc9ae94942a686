import { randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import esbuild from 'esbuild';
import { type Browser, chromium, type LaunchOptions, type Page } from 'playwright-core';
import { ChannelServer, type RequestHandlers } from '../../../src/protocol/channel.ts';
import { panelGuards } from '../../../src/protocol/guards.ts';
import type { PanelNotifications, PanelRequests, PanelState } from '../../../src/protocol/panel.ts';
import { tracePage } from '../../../src/protocol/tracePage.ts';
import { traceStrings } from '../../../src/protocol/traceStrings.ts';
import { type ThemeName, themes } from './themes.ts';

export type PanelHandlers = RequestHandlers<PanelRequests>;
export type PanelHost = ChannelServer<PanelRequests, PanelNotifications>;

export interface PanelPage {
  page: Page;
  /** The extension host's end of the channel. */
  host: PanelHost;
  /** What broke the content policy, was thrown, or was logged as an error. */
  problems: string[];
  /** Keys that the panel left to VS Code, which would look for a key binding. */
  keysForEditor: string[];
  /** What the page last persisted. */
  state(): PanelState | null;
  close(): Promise<void>;
}

export interface PanelPageOptions {
  theme?: ThemeName;
  state?: PanelState;
  viewport?: { width: number; height: number };
}

/** A Chromium and a loopback server with the panel's bundle, for all tests of a file. */
export class PanelBrowser {
  readonly #browser: Browser;
  readonly #server: Server;
  readonly #pages = new Map<string, string>();

  private constructor(browser: Browser, server: Server) {
    this.#browser = browser;
    this.#server = server;
  }

  static async launch(): Promise<PanelBrowser> {
    const { webviewBuild } = await fromBuild<{ webviewBuild: esbuild.BuildOptions }>('webview.mjs');
    const { outputFiles = [] } = await esbuild.build({ ...webviewBuild, write: false });
    const bundled = new Map(outputFiles.map(file => [file.path.split(/[\\/]/).pop(), file.contents]));
    const server = createServer((request, response) => {
      const name = request.url?.slice(1) ?? '';
      const html = panels.#pages.get(name);
      const body = html ?? bundled.get(name);
      const type = html ? 'text/html' : name.endsWith('.css') ? 'text/css' : 'text/javascript';
      response.writeHead(body === undefined ? 404 : 200, { 'content-type': `${type}; charset=utf-8` });
      response.end(body);
    });
    await new Promise<void>(listening => server.listen(0, '127.0.0.1', listening));
    const { chromiumPath } = await fromBuild<{ chromiumPath(): Promise<LaunchOptions> }>(
      'vscode/chromium.mjs',
    );
    const panels = new PanelBrowser(await chromium.launch(await chromiumPath()), server);
    return panels;
  }

  /** Opens the panel's page, as VS Code would, with `handlers` as its extension host. */
  async open(handlers: PanelHandlers, options: PanelPageOptions = {}): Promise<PanelPage> {
    const { theme = 'dark', viewport = { width: 1200, height: 800 } } = options;
    const origin = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
    const name = `panel-${randomUUID()}.html`;
    this.#pages.set(
      name,
      tracePage({
        scriptUri: `${origin}/trace.js`,
        styleUri: `${origin}/trace.css`,
        cspSource: origin,
        nonce: randomUUID(),
        locale: 'en',
        strings: traceStrings,
      }),
    );
    const page = await this.#browser.newPage({ viewport });
    const problems: string[] = [];
    page.on('pageerror', error => problems.push(String(error.stack ?? error)));
    page.on('console', message => message.type() === 'error' && problems.push(message.text()));
    let state = options.state ?? null;
    let receive: (message: unknown) => void = () => undefined;
    await page.exposeFunction('hostReceives', (message: unknown) => receive(decode(message)));
    await page.exposeFunction('hostKeeps', (kept: PanelState) => {
      state = kept;
    });
    const keysForEditor: string[] = [];
    await page.exposeFunction('hostHears', (key: string) => void keysForEditor.push(key));
    await page.exposeFunction('hostSees', (violation: string) => void problems.push(violation));
    await page.addInitScript(actAsWebview, { state, theme: themes[theme] });
    const host: PanelHost = new ChannelServer<PanelRequests, PanelNotifications>(
      {
        post: message => {
          if (!page.isClosed())
            page
              .evaluate(data => (window as unknown as WebviewWindow).webviewReceives(data), encode(message))
              .catch(error => page.isClosed() || problems.push(String(error)));
        },
        onMessage: listener => {
          receive = listener;
          return { dispose: () => undefined };
        },
      },
      panelGuards,
      handlers,
    );
    await page.goto(`${origin}/${name}`);
    return {
      page,
      host,
      problems,
      keysForEditor,
      state: () => state,
      close: async () => {
        host.dispose();
        await page.close();
      },
    };
  }

  async close(): Promise<void> {
    await this.#browser.close();
    this.#server.closeAllConnections();
    await new Promise(closed => this.#server.close(closed));
  }
}

/** Build scripts find their neighbours by their own place: they are imported where they are, and not bundled. */
function fromBuild<T>(script: string): Promise<T> {
  return import(pathToFileURL(resolve('build', script)).href);
}

interface WebviewWindow {
  webviewReceives(message: unknown): void;
  hostReceives(message: unknown): void;
  hostKeeps(state: unknown): void;
  hostSees(violation: string): void;
  hostHears(key: string): void;
  acquireVsCodeApi(): unknown;
}

/** Runs in the page before anything else: the parts of VS Code's own webview script that the panel meets. */
function actAsWebview({ state, theme }: { state: unknown; theme: (typeof themes)[ThemeName] }): void {
  const webview = window as unknown as WebviewWindow;
  let acquired = false;
  let current = state;
  const encode = (value: unknown): unknown => {
    if (!(value instanceof ArrayBuffer)) return value;
    let text = '';
    for (const byte of new Uint8Array(value)) text += String.fromCharCode(byte);
    return { base64: btoa(text) };
  };
  const decode = (value: unknown): unknown => {
    if (typeof value !== 'object' || value === null || !('base64' in value)) return value;
    return Uint8Array.from(atob(String(value.base64)), character => character.charCodeAt(0)).buffer;
  };
  const mapResult = (message: unknown, change: (field: unknown) => unknown): unknown => {
    const { result, params, ...rest } = message as { [key: string]: unknown };
    const fields = (value: unknown) =>
      typeof value === 'object' && value !== null && !Array.isArray(value)
        ? Object.fromEntries(Object.entries(value).map(([key, field]) => [key, change(field)]))
        : value;
    return { ...rest, params: fields(params), result: fields(result) };
  };
  webview.acquireVsCodeApi = () => {
    if (acquired) throw new Error('An instance of the VS Code API has already been acquired');
    acquired = true;
    return {
      postMessage: (message: unknown) => webview.hostReceives(mapResult(structuredClone(message), encode)),
      getState: () => current,
      setState: (next: unknown) => {
        current = next;
        webview.hostKeeps(JSON.parse(JSON.stringify(next)));
      },
    };
  };
  webview.webviewReceives = message =>
    window.dispatchEvent(new MessageEvent('message', { data: mapResult(message, decode) }));
  document.addEventListener('securitypolicyviolation', event =>
    webview.hostSees(`policy: ${event.violatedDirective} ${event.blockedURI} ${event.sample}`),
  );
  window.addEventListener('keydown', event => webview.hostHears(event.key));
  const dress = () => {
    for (const [name, value] of Object.entries(theme.variables))
      document.documentElement.style.setProperty(`--vscode-${name}`, value);
    document.body.className = theme.bodyClass;
  };
  document.addEventListener('DOMContentLoaded', dress, { once: true });
}

/** Bytes cross the debugging protocol as base64: it carries JSON alone. */
function encode(message: unknown): unknown {
  return mapBytes(message, field =>
    field instanceof ArrayBuffer ? { base64: Buffer.from(field).toString('base64') } : field,
  );
}

function decode(message: unknown): unknown {
  return mapBytes(message, field =>
    typeof field === 'object' && field !== null && 'base64' in field
      ? Uint8Array.from(Buffer.from(String(field.base64), 'base64')).buffer
      : field,
  );
}

function mapBytes(message: unknown, change: (field: unknown) => unknown): unknown {
  const envelope = { ...(message as { [key: string]: unknown }) };
  for (const key of ['params', 'result']) {
    const value = envelope[key];
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      envelope[key] = Object.fromEntries(Object.entries(value).map(([name, field]) => [name, change(field)]));
  }
  return envelope;
}
