// Numbers of things in a sentence: one cell, two cells.

/** "1 cell", "3 cells"; `many` where an s does not do. */
export const counted = (value: number, one: string, many = `${one}s`): string => `${value} ${value === 1 ? one : many}`;

/** "1 of 8 modes has", "2 of 8 modes have", "1 of 1 mode has": the noun follows the whole, the verb the part. */
export const partOf = (
  part: number,
  whole: number,
  one: string,
  [verb, verbs]: readonly [one: string, many: string],
  many = `${one}s`,
): string => `${part} of ${counted(whole, one, many)} ${part === 1 ? verb : verbs}`;
