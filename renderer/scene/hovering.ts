// Which point is under the pointer. Picking reads back from the GPU, so it runs at most once a frame and one at a time; whatever changed
// meanwhile (the pointer, the camera, the points) asks for one more look.
export interface HoveringOptions {
  readonly pick: (x: number, y: number) => Promise<number | undefined>;
  /** Told on change only. */
  readonly told: (index: number | undefined, x: number, y: number) => void;
}

export class Hovering {
  readonly #options: HoveringOptions;
  #pointer: { x: number; y: number } | undefined;
  #hovered: number | undefined;
  #isWanted = false;
  #isRunning = false;
  #isDisposed = false;

  constructor(options: HoveringOptions) {
    this.#options = options;
  }

  get hovered(): number | undefined {
    return this.#hovered;
  }

  pointedAt(pointer: { x: number; y: number } | undefined): void {
    this.#pointer = pointer;
    if (pointer) this.lookAgain();
    else this.#tell(undefined);
  }

  /** What is under the pointer may have changed: looks once, and once more if it changed again meanwhile. */
  lookAgain(): void {
    this.#isWanted = true;
    if (this.#isRunning) return;
    this.#isRunning = true;
    requestAnimationFrame(() => void this.#look());
  }

  dispose(): void {
    this.#isDisposed = true;
  }

  async #look(): Promise<void> {
    try {
      while (this.#isWanted && this.#pointer && !this.#isDisposed) {
        this.#isWanted = false;
        const { x, y } = this.#pointer;
        const index = await this.#options.pick(x, y);
        if (this.#pointer) this.#tell(index);
      }
    } finally {
      this.#isWanted = false;
      this.#isRunning = false;
    }
  }

  #tell(index: number | undefined): void {
    if (index === this.#hovered || this.#isDisposed) return;
    this.#hovered = index;
    this.#options.told(index, this.#pointer?.x ?? 0, this.#pointer?.y ?? 0);
  }
}
