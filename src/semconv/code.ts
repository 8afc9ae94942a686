/** Source position attributes: stable names and the ones deprecated since semantic conventions 1.30–1.33. */
export const codeKeys = {
  filePath: ['code.file.path', 'code.filepath'],
  lineNumber: ['code.line.number', 'code.lineno'],
  columnNumber: ['code.column.number', 'code.column'],
  functionName: ['code.function.name', 'code.function'],
  /** Folded into `code.function.name` by the stable conventions. */
  namespace: ['code.namespace'],
} as const;
