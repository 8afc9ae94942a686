/** A function of text that does not compute the same twice; all is forgotten when `most` answers are kept. */
export function remembered<T>(compute: (text: string) => T, most = 4096): (text: string) => T {
  const known = new Map<string, T>();
  return text => {
    let answer = known.get(text);
    if (answer === undefined && !known.has(text)) {
      if (known.size >= most) known.clear();
      answer = compute(text);
      known.set(text, answer);
    }
    return answer as T;
  };
}
