/** Lines with columns as wide as their widest cell; the columns named in `right` are aligned to the right. */
export function alignColumns(rows: readonly (readonly string[])[], right: readonly number[] = []): string {
  const widths: number[] = [];
  for (const row of rows)
    for (const [at, cell] of row.entries()) widths[at] = Math.max(widths[at] ?? 0, displayWidth(cell));
  return rows
    .map(row =>
      row
        .map((cell, at) => {
          const space = ' '.repeat(widths[at] - displayWidth(cell));
          return right.includes(at) ? space + cell : cell + space;
        })
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** Columns that a text takes in a terminal, colour sequences not counted. Wide characters count as one. */
function displayWidth(text: string): number {
  return [...text.replace(/\u001b\[\d*m/g, '')].length;
}

/** Text that was received, safe to print: control characters could drive the terminal. */
export function printable(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g, '\ufffd');
}

/** Of a service as much is shown beside the name of a span, which tells more. */
const longestService = 40;

/** `orders: POST /orders`, of received names. */
export function spanLabel(serviceName: string, name: string, longest = longestService): string {
  return `${shorten(printable(serviceName), longest)}: ${printable(name) || '(no name)'}`;
}

/** `1 span`, `2 spans` */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** At most `width` characters, the last an ellipsis if something is missing. */
export function shorten(text: string, width: number): string {
  const characters = [...text];
  return characters.length <= width ? text : `${characters.slice(0, Math.max(0, width - 1)).join('')}…`;
}

/** An instant as a date and time of this place, to the millisecond. */
export function localTime(unixNano: string): string {
  const time = new Date(Number(BigInt(unixNano) / 1_000_000n));
  const two = (value: number) => String(value).padStart(2, '0');
  const date = `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())}`;
  const clock = `${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}`;
  return `${date} ${clock}.${String(time.getMilliseconds()).padStart(3, '0')}`;
}
