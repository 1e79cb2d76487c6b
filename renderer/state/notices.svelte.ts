// What the engine says without being asked, each line until it is read. The same words are not said twice.
import type { EngineEvents } from '../../src/protocol/engine-api.ts';

type Notice = EngineEvents['noticed'] & { readonly id: number };
const MOST_SHOWN = 3;

export class Notices {
  shown = $state.raw<readonly Notice[]>([]);
  #lastId = 0;

  add(notice: EngineEvents['noticed']): void {
    if (this.shown.some(({ text }) => text === notice.text)) return;
    this.shown = [...this.shown, { ...notice, id: ++this.#lastId }].slice(-MOST_SHOWN);
  }

  dismiss(id: number): void {
    this.shown = this.shown.filter((notice) => notice.id !== id);
  }
}
