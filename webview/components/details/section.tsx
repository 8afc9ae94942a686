import type { ComponentChildren } from 'preact';
import { Icon } from '../../controls/icon.tsx';
import { usePanel } from '../panelContext.ts';

interface SectionProps {
  /** Under which name it is remembered whether it is folded. */
  id: string;
  title: string;
  /** Shown beside the title. */
  count?: number;
  children: ComponentChildren;
}

/** A heading that folds what is below it. */
export function Section({ id, title, count, children }: SectionProps) {
  const { intent, formats } = usePanel();
  const isOpen = !intent.closedSections.value.includes(id);
  return (
    <section class="section">
      <h3>
        <button
          type="button"
          class="section-title"
          aria-expanded={isOpen}
          aria-controls={`section-${id}`}
          onClick={() => intent.toggleSection(id)}
        >
          <Icon name={isOpen ? 'chevronDown' : 'chevronRight'} />
          {title}
          {count !== undefined && <span class="section-count">{formats.count(count)}</span>}
        </button>
      </h3>
      <div id={`section-${id}`} class="section-body" hidden={!isOpen}>
        {isOpen && children}
      </div>
    </section>
  );
}
