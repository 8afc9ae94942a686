/** Files that are read while one is worked on. */
const ahead = 16;

/** What `read` gives for each item, in their order; the next ones are under way while one is looked at. `read` does not reject. */
export async function* readAhead<Item, Content>(
  items: readonly Item[],
  read: (item: Item) => Promise<Content>,
): AsyncGenerator<Content, undefined> {
  const open: Promise<Content>[] = [];
  for (let next = 0; next < items.length || open.length > 0; ) {
    while (next < items.length && open.length < ahead) open.push(read(items[next++]));
    const content = open.shift();
    if (content !== undefined) yield await content;
  }
  return undefined;
}
