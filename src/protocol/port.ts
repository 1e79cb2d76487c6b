// A Port carries whole messages between two sides, in order. Every transport is one small adapter (a DOM or Electron MessagePort, a
// WebSocket, a Node process or worker); everything above works the same over all of them.

/** Plain data and typed arrays: what structured clone or bytes.ts can carry. */
export type Message = unknown;

export interface Port {
  /** Does nothing once the port is closed. */
  post(message: Message): void;
  /** At most one listener of each kind; messages that came before the listener was set are delivered to it. */
  onMessage(listener: (message: Message) => void): void;
  /** Called once, when the other side is gone or close() was called here. */
  onClose(listener: () => void): void;
  close(): void;
  /** Bytes posted but not yet sent, where the transport knows: whoever sends much waits while it is large. */
  backlog?(): number;
}
