/** A module of its own, so that the package is loaded with it: late. It is CommonJS, whose names only a static import sees. */
export { LanguageClient } from 'vscode-languageclient/node';
