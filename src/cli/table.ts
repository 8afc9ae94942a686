import stringWidth from 'string-width';

/** Lines with columns as wide as their widest cell; the columns named in `right` are aligned to the right. */
export function alignColumns(rows: readonly (readonly string[])[], right: readonly number[] = []): string {
  const widths: number[] = [];
  for (const row of rows)
    for (const [at, cell] of row.entries()) widths[at] = Math.max(widths[at] ?? 0, stringWidth(cell));
  return rows
    .map(row =>
      row
        .map((cell, at) => {
          const space = ' '.repeat(widths[at] - stringWidth(cell));
          return right.includes(at) ? space + cell : cell + space;
        })
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** `text` with spaces up to `width` columns. */
export function padEnd(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - stringWidth(text)));
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

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });
/** What takes one column has seldom more code units, and text that was received may have millions. */
const unitsPerColumn = 32;

/** At most `width` columns of a terminal, the last an ellipsis if something is missing. What is one character to the eye stays whole. */
export function shorten(text: string, width: number): string {
  const head = text.slice(0, width * unitsPerColumn);
  if (head === text && stringWidth(text) <= width) return text;
  let kept = '';
  let left = width - 1;
  for (const { segment } of graphemes.segment(head)) {
    left -= stringWidth(segment);
    if (left < 0) break;
    kept += segment;
  }
  return `${kept}…`;
}

/** An instant as a date and time of this place, to the millisecond. */
export function localTime(unixNano: string): string {
  const time = new Date(Number(BigInt(unixNano) / 1_000_000n));
  const two = (value: number) => String(value).padStart(2, '0');
  const date = `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())}`;
  const clock = `${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}`;
  return `${date} ${clock}.${String(time.getMilliseconds()).padStart(3, '0')}`;
}
