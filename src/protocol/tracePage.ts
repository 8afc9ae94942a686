import type { TraceStrings } from './traceStrings.ts';

export interface TracePageOptions {
  /** Addresses of `dist/webview/trace.js` and `trace.css` as the webview may load them. */
  scriptUri: string;
  styleUri: string;
  /** `webview.cspSource`. */
  cspSource: string;
  /** Unguessable, new for every page. */
  nonce: string;
  /** BCP 47, for numbers and dates. */
  locale: string;
  strings: TraceStrings;
}

/**
 * The page of the trace panel: no data but the strings, and a policy under which only our bundle runs.
 * `style-src` needs the nonce too: the control library adds style elements, to which it gives the one in `csp-nonce`.
 */
export function tracePage(options: TracePageOptions): string {
  const { scriptUri, styleUri, cspSource, nonce, locale, strings } = options;
  const policy = `default-src 'none'; script-src 'nonce-${nonce}'; style-src ${cspSource} 'nonce-${nonce}'`;
  return `<!DOCTYPE html>
<html lang="${escapeHtml(locale)}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${escapeHtml(policy)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta property="csp-nonce" content="${escapeHtml(nonce)}">
<title>${escapeHtml(strings.panelTitle)}</title>
<link rel="stylesheet" href="${escapeHtml(styleUri)}">
</head>
<body>
<div id="root"></div>
<script type="application/json" id="strings">${escapeJson(strings)}</script>
<script type="module" nonce="${escapeHtml(nonce)}" src="${escapeHtml(scriptUri)}"></script>
</body>
</html>`;
}

const entities: { [character: string]: string } = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, character => entities[character]);
}

/** JSON that cannot end the element it stands in. */
function escapeJson(value: unknown): string {
  return JSON.stringify(value).replace(/</g, '\\u003c');
}
