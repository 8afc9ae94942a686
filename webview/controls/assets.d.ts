/** Style sheets are bundled beside the script; icons as text. */
declare module '*.css';
declare module '*.svg' {
  const source: string;
  // biome-ignore lint/style/noDefaultExport: what the bundler's text loader makes of a file
  export default source;
}
