// What the page remembers between visits: theme, panel sizes, the run last looked at. A browser that forbids storage forgets, no more.
const prefix = 'karst.';

export function recall<T>(name: string, accepts: (value: unknown) => boolean): T | undefined {
  try {
    const text = localStorage.getItem(prefix + name);
    if (text === null) return undefined;
    const value: unknown = JSON.parse(text);
    return accepts(value) ? (value as T) : undefined;
  } catch {
    return undefined; // no storage here, or written by another version
  }
}

export function remember(name: string, value: unknown): void {
  try {
    localStorage.setItem(prefix + name, JSON.stringify(value));
  } catch {
    // No storage here: the page works without.
  }
}
