// A command as a person can paste it into a shell: a word with anything but plain characters is put between single quotes.
export const shellWord = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
