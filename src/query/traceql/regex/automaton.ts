import { RegexError, type RegexNode } from './syntax.ts';

/** Counted repetitions are written out: patterns that take more than this are refused. */
const mostSteps = 5000;
const mostWrites = 10 * mostSteps;
/** States remembered, a pattern that makes more of them starts anew; and the code points below which they are. */
const mostStates = 1000;
const rememberedBelow = 256;

type Step =
  | { readonly type: 'characters'; readonly has: (codePoint: number) => boolean; readonly next: number }
  | {
      readonly type: 'assertion';
      readonly holds: (before: number, after: number) => boolean;
      readonly next: number;
    }
  | { readonly type: 'fork'; next: readonly number[] };

/** What was reached after some characters: steps that wait for the next one. */
interface State {
  readonly steps: readonly number[];
  readonly accepts: boolean;
  /** By code point. */
  readonly next: Map<number, State>;
}

/** Step 0: the pattern has come to its end. */
const end = 0;

/**
 * Tells whether a pattern matches the whole of a text, in time that grows with the length of the text and no faster, whatever the
 * pattern: all ways through it are followed at once (Thompson, CACM 1968), and the sets of steps reached are remembered.
 */
export class RegexAutomaton {
  readonly #steps: Step[] = [{ type: 'fork', next: [] }];
  readonly #start: number;
  /** Assertions look around, so with them what follows on a character is not always the same. */
  readonly #hasAssertions: boolean;
  #states = new Map<string, State>();
  #writes = 0;

  /** Throws a `RegexError` for a pattern that is too large. */
  constructor(pattern: RegexNode) {
    this.#start = this.#write(pattern, end);
    this.#hasAssertions = this.#steps.some(({ type }) => type === 'assertion');
  }

  test(text: string): boolean {
    return this.#hasAssertions ? this.#walk(text) : this.#walkRemembering(text);
  }

  #walkRemembering(text: string): boolean {
    let state = this.#stateOf(this.#reach([this.#start], -1, -1));
    for (let at = 0; at < text.length; ) {
      const code = text.codePointAt(at)!;
      at += code > 0xffff ? 2 : 1;
      let next = state.next.get(code);
      if (next === undefined) {
        next = this.#stateOf(this.#reach(this.#after(state.steps, code), -1, -1));
        if (code < rememberedBelow) state.next.set(code, next);
      }
      if (next.steps.length === 0) return false;
      state = next;
    }
    return state.accepts;
  }

  #walk(text: string): boolean {
    let steps: readonly number[] = [this.#start];
    let before = -1;
    for (let at = 0; at < text.length && steps.length > 0; ) {
      const code = text.codePointAt(at)!;
      steps = this.#after(this.#reach(steps, before, code), code);
      at += code > 0xffff ? 2 : 1;
      before = code;
    }
    return this.#reach(steps, before, -1).includes(end);
  }

  #stateOf(steps: readonly number[]): State {
    const key = steps.join();
    let state = this.#states.get(key);
    if (state !== undefined) return state;
    if (this.#states.size === mostStates) this.#states = new Map();
    state = { steps, accepts: steps.includes(end), next: new Map() };
    this.#states.set(key, state);
    return state;
  }

  /** Steps after a character. */
  #after(steps: readonly number[], code: number): number[] {
    const next = new Set<number>();
    for (const at of steps) {
      const step = this.#steps[at];
      if (step.type === 'characters' && step.has(code)) next.add(step.next);
    }
    return [...next];
  }

  /** The steps that wait for a character, or the end, and are reached from these without one; in order. */
  #reach(from: readonly number[], before: number, after: number): number[] {
    const seen = new Set(from);
    const open = [...from];
    const reached: number[] = [];
    for (let at = open.pop(); at !== undefined; at = open.pop()) {
      const step = this.#steps[at];
      if (at === end || step.type === 'characters') {
        reached.push(at);
        continue;
      }
      if (step.type === 'assertion' && !step.holds(before, after)) continue;
      for (const next of step.type === 'fork' ? step.next : [step.next]) {
        if (seen.has(next)) continue;
        seen.add(next);
        open.push(next);
      }
    }
    return reached.sort((a, b) => a - b);
  }

  /** Adds the steps of a pattern that is followed by step `next`; the first of them. */
  #write(node: RegexNode, next: number): number {
    if (++this.#writes > mostWrites) throw new RegexError('the pattern is too large');
    switch (node.type) {
      case 'characters':
        return this.#add({ type: 'characters', has: node.has, next });
      case 'assertion':
        return this.#add({ type: 'assertion', holds: node.holds, next });
      case 'sequence':
        return node.items.reduceRight((after, item) => this.#write(item, after), next);
      case 'choice':
        return this.#add({ type: 'fork', next: node.items.map(item => this.#write(item, next)) });
      case 'repeat': {
        let at = next;
        if (node.most === Number.POSITIVE_INFINITY) {
          const fork: Step & { type: 'fork' } = { type: 'fork', next: [] };
          at = this.#add(fork);
          fork.next = [this.#write(node.item, at), next];
        } else {
          for (let i = node.least; i < node.most; i++)
            at = this.#add({ type: 'fork', next: [this.#write(node.item, at), next] });
        }
        for (let i = 0; i < node.least; i++) at = this.#write(node.item, at);
        return at;
      }
    }
  }

  #add(step: Step): number {
    if (this.#steps.length > mostSteps) throw new RegexError('the pattern is too large');
    return this.#steps.push(step) - 1;
  }
}
