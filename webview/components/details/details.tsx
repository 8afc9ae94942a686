import { useEffect, useMemo } from 'preact/hooks';
import type { SpanDetails } from '../../../src/protocol/control.ts';
import type { SourceCandidate } from '../../../src/protocol/panel.ts';
import { IconButton } from '../../controls/button.tsx';
import { useFocusKeeper } from '../../controls/focusKeeper.ts';
import { nameOr } from '../format.ts';
import { usePanel } from '../panelContext.ts';
import { Attributes } from './attributes.tsx';
import { DetailsLoader } from './detailsLoader.ts';
import { Events, Logs } from './events.tsx';
import { BackLinks, Links } from './links.tsx';
import { Field, Overview } from './overview.tsx';
import { Section } from './section.tsx';
import { Source } from './source.tsx';

/** All that is known of the selected span; as wide as the panel without a width. */
export function Details({ width }: { width?: number }) {
  const panel = usePanel();
  const { text, intent } = panel;
  const side = useFocusKeeper<HTMLElement>(() => panel.run('focusGrid'));
  const loader = useMemo(() => new DetailsLoader(panel), [panel]);
  useEffect(() => () => loader.dispose(), [loader]);
  useEffect(() => {
    const subscription = panel.onDidRequestCommand(
      command => command === 'focusDetails' && side.current?.focus(),
    );
    return () => subscription.dispose();
  }, [panel]);
  const close = () => {
    intent.detailsOpen.value = false;
  };
  const loaded = loader.loaded.value;
  return (
    <aside
      ref={side}
      class="details"
      style={width === undefined ? undefined : { width: `${width}px` }}
      tabIndex={-1}
      aria-label={text.details}
      onKeyDown={event => {
        if (event.key !== 'Escape') return;
        event.preventDefault();
        panel.run('focusGrid');
      }}
    >
      <div class="details-head">
        <h2 title={loaded?.details?.span.name}>
          {loaded?.details ? nameOr(text.noName, loaded.details.span.name) : text.details}
        </h2>
        <IconButton
          icon="goToFile"
          label={`${text.goToSource} (F12)`}
          onClick={() => void panel.goToSource(false)}
        />
        <IconButton icon="close" label={text.close} onClick={close} />
      </div>
      {loaded === undefined ? (
        <p class="hint">{text.detailsNone}</p>
      ) : loaded.details === null ? (
        <p class="hint">{text.detailsGone}</p>
      ) : (
        <Sections key={loaded.spanId} details={loaded.details} candidates={loader.candidates.value} />
      )}
    </aside>
  );
}

interface SectionsProps {
  details: SpanDetails;
  candidates: readonly SourceCandidate[] | null;
}

function Sections({ details, candidates }: SectionsProps) {
  const panel = usePanel();
  const { text } = panel;
  // Another span's details take their place: the focus stays in the side.
  const sections = useFocusKeeper<HTMLDivElement>(() => panel.run('focusDetails'));
  const { span, resource, scope, logs, linkedFrom } = details;
  const attributes = span.attributes ?? [];
  const events = span.events ?? [];
  const links = span.links ?? [];
  return (
    <div class="sections" ref={sections}>
      <Section id="overview" title={text.sectionOverview}>
        <Overview details={details} />
      </Section>
      <Section id="source" title={text.sectionSource}>
        <Source candidates={candidates} />
      </Section>
      {(attributes.length > 0 || !!span.droppedAttributesCount) && (
        <Section id="attributes" title={text.sectionAttributes} count={attributes.length}>
          <Attributes
            attributes={attributes}
            dropped={span.droppedAttributesCount}
            label={text.sectionAttributes}
          />
        </Section>
      )}
      {(events.length > 0 || !!span.droppedEventsCount) && (
        <Section id="events" title={text.sectionEvents} count={events.length}>
          <Events events={events} spanStart={span.startTimeUnixNano} />
          <Dropped count={span.droppedEventsCount} />
        </Section>
      )}
      {logs.length > 0 && (
        <Section id="logs" title={text.sectionLogs} count={logs.length}>
          <Logs logs={logs} spanStart={span.startTimeUnixNano} />
        </Section>
      )}
      {(links.length > 0 || !!span.droppedLinksCount) && (
        <Section id="links" title={text.sectionLinks} count={links.length}>
          <Links links={links} />
          <Dropped count={span.droppedLinksCount} />
        </Section>
      )}
      {linkedFrom.length > 0 && (
        <Section id="linkedFrom" title={text.sectionLinkedFrom} count={linkedFrom.length}>
          <BackLinks linkedFrom={linkedFrom} />
        </Section>
      )}
      <Section id="resource" title={text.sectionResource} count={resource.attributes?.length ?? 0}>
        <Attributes
          attributes={resource.attributes ?? []}
          dropped={resource.droppedAttributesCount}
          label={text.sectionResource}
        />
        <SchemaUrl url={details.resourceSchemaUrl} />
      </Section>
      {scope.name && (
        <Section id="scope" title={text.sectionScope}>
          <dl class="fields">
            <Field label={text.name}>{scope.name}</Field>
            {scope.version && <Field label={text.version}>{scope.version}</Field>}
          </dl>
          {scope.attributes && scope.attributes.length > 0 && (
            <Attributes
              attributes={scope.attributes}
              dropped={scope.droppedAttributesCount}
              label={text.sectionScope}
            />
          )}
          <SchemaUrl url={details.scopeSchemaUrl} />
        </Section>
      )}
    </div>
  );
}

function Dropped({ count = 0 }: { count?: number }) {
  const { text } = usePanel();
  return count > 0 ? <p class="hint">{text.dropped.replace('{0}', String(count))}</p> : null;
}

function SchemaUrl({ url }: { url?: string }) {
  const { text } = usePanel();
  return url ? (
    <dl class="fields">
      <Field label={text.schemaUrl}>{url}</Field>
    </dl>
  ) : null;
}
