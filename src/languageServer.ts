import { fileURLToPath } from 'node:url';
import { createConnection } from 'vscode-languageserver/node';
import { LanguageServer } from './language/server.ts';

// The grammars lie beside the bundle (build/bundle.mjs).
const grammars = fileURLToPath(new URL('./grammars/', import.meta.url));
new LanguageServer(createConnection(process.stdin, process.stdout), grammars).listen();
