import * as vscode from 'vscode';
import { labelText } from '../text.ts';
import { closed, placeOf, typedText } from './queryPlace.ts';

const { l10n } = vscode;

/** Suggestions shown at once. */
const mostSuggestions = 50;

/** Names that a query may use, or the values of one, as TraceQL writes them. */
export type Complete = (name: string | undefined) => Promise<readonly string[]>;

interface QueryItem extends vscode.QuickPickItem {
  /** The query with this suggestion in it; absent: the item that searches. */
  readonly completed?: string;
}

/** Asks for a query, suggesting names and values that the backend knows. `undefined`: never mind. */
export async function askQuery(
  title: string,
  value: string,
  complete: Complete,
): Promise<string | undefined> {
  const pick = vscode.window.createQuickPick<QueryItem>();
  pick.title = title;
  pick.placeholder = '{ resource.service.name = "checkout" && status = error }';
  pick.value = value;
  const known = new Map<string, Promise<readonly string[]>>();
  let asked = 0;
  const suggest = async () => {
    const own = ++asked;
    const { before, name, typed } = placeOf(pick.value);
    const search: QueryItem = { label: `$(search) ${l10n.t('Search')}`, alwaysShow: true };
    pick.items = [search];
    const key = name ?? '';
    // Suggestions are a help: without them, the query is as good.
    if (!known.has(key))
      known.set(
        key,
        complete(name).catch(() => []),
      );
    pick.busy = true;
    const words = await known.get(key);
    if (own !== asked) return;
    pick.busy = false;
    const whole = pick.value.slice(before.length);
    const fitting = (words ?? []).filter(
      word =>
        word !== whole &&
        // A quote that is open is closed when the query is asked.
        word !== `${whole}"` &&
        typedText(word).toLowerCase().startsWith(typed.toLowerCase()),
    );
    pick.items = [
      search,
      ...fitting.slice(0, mostSuggestions).map(word => ({
        label: labelText(typedText(word)).replaceAll('$(', '$ ('),
        alwaysShow: true,
        completed: `${before}${word} `,
      })),
    ];
  };
  pick.onDidChangeValue(() => void suggest());
  const query = new Promise<string | undefined>(resolve => {
    pick.onDidAccept(() => {
      const [item] = pick.activeItems;
      if (item?.completed === undefined) return resolve(closed(pick.value));
      pick.value = item.completed;
      void suggest();
    });
    pick.onDidHide(() => resolve(undefined));
  });
  pick.show();
  void suggest();
  const answer = await query;
  asked++;
  pick.dispose();
  return answer;
}
