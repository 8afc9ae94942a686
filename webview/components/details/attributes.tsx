import { Fragment } from 'preact';
import { type AnyValue, displayValue, type KeyValue } from '../../../src/model/anyValue.ts';
import { IconButton } from '../../controls/button.tsx';
import { fill } from '../format.ts';
import { usePanel } from '../panelContext.ts';
import { FirstOf, mostEntries } from './firstOf.tsx';
import { LongText } from './longText.tsx';

/** As much of a value is enough to filter by. */
const filterLength = 1000;

interface AttributesProps {
  attributes: readonly KeyValue[];
  /** Attributes that the sender dropped. */
  dropped?: number;
  label: string;
}

/** Attributes by key, each with its type, to be copied or filtered by. */
export function Attributes({ attributes, dropped = 0, label }: AttributesProps) {
  const { text } = usePanel();
  const sorted = attributes.toSorted((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
  return (
    <>
      <FirstOf items={sorted} most={mostEntries}>
        {shown => (
          <table class="attributes" aria-label={label}>
            <tbody>
              {shown.map((attribute, index) => (
                <AttributeRow key={`${attribute.key} ${index}`} attribute={attribute} />
              ))}
            </tbody>
          </table>
        )}
      </FirstOf>
      {dropped > 0 && <p class="hint">{fill(text.dropped, dropped)}</p>}
    </>
  );
}

function AttributeRow({ attribute: { key, value } }: { attribute: KeyValue }) {
  const panel = usePanel();
  const { text } = panel;
  const shown = displayValue(value);
  return (
    <tr>
      <th scope="row">{breakable(key)}</th>
      <td class={`value ${typeOf(value)}`} title={typeOf(value)}>
        {shown === '' ? (
          <em>{text.emptyValue}</em>
        ) : (
          <LongText text={shown} preformatted={shown.includes('\n')} />
        )}
        <span class="row-actions">
          <IconButton
            icon="copy"
            label={`${text.copyValue}: ${key}`}
            onClick={() => void panel.copy(shown)}
          />
          <IconButton
            icon="link"
            label={`${text.copyKeyValue}: ${key}`}
            onClick={() => void panel.copy(`${key}=${shown}`)}
          />
          <IconButton
            icon="filter"
            label={`${text.filterByThis}: ${key}`}
            onClick={() => void panel.attempt(() => panel.filter(shown.slice(0, filterLength)))}
          />
        </span>
      </td>
    </tr>
  );
}

/** A key that breaks after its dots and underscores before it breaks within a word. */
function breakable(key: string) {
  return key.split(/(?<=[._])/).map((part, index) => (
    <Fragment key={`${part} ${index}`}>
      {part}
      <wbr />
    </Fragment>
  ));
}

/** The type as OTLP names it. */
function typeOf(value: AnyValue): string {
  return (Object.keys(value)[0] ?? 'emptyValue').replace('Value', '');
}
