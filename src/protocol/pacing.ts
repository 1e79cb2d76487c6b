// At most one event of a kind and subject each animation frame. The first goes out at once; what comes within the frame after it is
// merged into one event that goes out when the frame ends. `merge` decides: the newer replaces the older (a run's state, a map) or is
// appended to it (reports), so that nothing a person would miss is lost. A transport that cannot keep up stretches the frame.
import type { Port } from './port.ts';

export const FRAME_MS = 16;
/** While more than this waits in the transport, events go on merging instead of piling up. */
const MAX_BACKLOG_BYTES = 8 * 2 ** 20;

/** For each event: the subject that it is about (`undefined`: never held back), and how two of one subject become one. */
export type EventMerge<Events> = {
  readonly [Name in keyof Events]: {
    readonly subject: (event: Events[Name]) => string | undefined;
    readonly join?: (older: Events[Name], newer: Events[Name]) => Events[Name];
  };
};

type Emit<Events> = <Name extends keyof Events & string>(name: Name, event: Events[Name]) => void;

export function pacedEvents<Events>(port: Port, send: (name: string, event: unknown) => void, merge: EventMerge<Events>) {
  /** Subjects whose frame is running; the value is what waits for its end. */
  const frames = new Map<string, { name: string; event: unknown } | undefined>();
  let stopped = false;

  const frameEnded = (key: string): void => {
    if (stopped) return;
    const waiting = frames.get(key);
    if (!waiting) return void frames.delete(key);
    if ((port.backlog?.() ?? 0) <= MAX_BACKLOG_BYTES) {
      frames.set(key, undefined);
      send(waiting.name, waiting.event);
    }
    setTimeout(() => frameEnded(key), FRAME_MS);
  };

  const emit: Emit<Events> = (name, event) => {
    if (stopped) return;
    const { subject, join } = merge[name];
    const about = subject(event);
    if (about === undefined) {
      for (const [key, waiting] of frames) {
        if (waiting) send(waiting.name, waiting.event); // what happened before must not arrive after
        frames.set(key, undefined);
      }
      return send(name, event);
    }
    const key = `${name} ${about}`;
    if (frames.has(key)) {
      const older = frames.get(key);
      frames.set(key, { name, event: older && join ? join(older.event as typeof event, event) : event });
      return;
    }
    if ((port.backlog?.() ?? 0) > MAX_BACKLOG_BYTES) frames.set(key, { name, event });
    else {
      frames.set(key, undefined);
      send(name, event);
    }
    setTimeout(() => frameEnded(key), FRAME_MS);
  };

  return {
    emit,
    stop: (): void => {
      stopped = true;
      frames.clear();
    },
  };
}
