// Lets the host's other work run, messages and timers, between two parts of a long one.
export const breathe = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));
