// Where a span was made, as OpenTelemetry's `code.*` attributes.

/** The place that called this function. */
function codeHere() {
  const [, , frame] = new Error().stack.split('\n');
  const { name, file, line } = /at (?:async )?(?:(?<name>[^ (]+) \()?(?<file>.+):(?<line>\d+):\d+\)?$/.exec(
    frame,
  ).groups;
  return {
    'code.file.path': file,
    'code.line.number': Number(line),
    ...(name && { 'code.function.name': name }),
  };
}

module.exports = { codeHere };
