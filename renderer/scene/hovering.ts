// Which point is under the pointer. Picking reads back from the GPU, so it runs at most once a frame and one at a time; whatever changed
// meanwhile (the pointer, the camera, the points) asks for one more look. A point that a new map carries away from a pointer at rest stays
// the one that is meant, until the hand moves: who reads its card and clicks gets what the card says.
export interface HoveringOptions {
  readonly pick: (x: number, y: number) => Promise<number | undefined>;
  /** Told on change only. */
  readonly told: (index: number | undefined, x: number, y: number) => void;
}

/** A hand at rest moves no more than this, in CSS pixels. */
const STILL_PIXELS = 4;

interface Place {
  readonly x: number;
  readonly y: number;
}

export class Hovering {
  readonly #options: HoveringOptions;
  #pointer: Place | undefined;
  #hovered: number | undefined;
  /** Where the pointer was when the hovered point was found. */
  #found: Place | undefined;
  /** The points have moved since. */
  #isHeld = false;
  #isWanted = false;
  #isRunning = false;
  #isDisposed = false;

  constructor(options: HoveringOptions) {
    this.#options = options;
  }

  /** What lies under the pointer, as far as it is known. */
  get under(): number | undefined {
    return this.#isHeld ? undefined : this.#hovered;
  }

  pointedAt(pointer: Place | undefined): void {
    this.#pointer = pointer;
    if (!pointer || !this.#isHeld || this.at(pointer) === undefined) this.release();
  }

  /** The point that is meant at a place: the hovered one where the pointer has not left it. */
  at({ x, y }: Place): number | undefined {
    const { x: foundX = Infinity, y: foundY = Infinity } = this.#found ?? {};
    return Math.hypot(x - foundX, y - foundY) <= STILL_PIXELS ? this.#hovered : undefined;
  }

  /** Other points have come; `now` tells what became of one among them. */
  carried(now: (before: number) => number | undefined): void {
    const index = this.#hovered === undefined ? undefined : now(this.#hovered);
    this.#isHeld = index !== undefined;
    if (this.#isHeld) this.#hovered = index;
    else {
      this.#tell(undefined);
      this.release();
    }
  }

  /** Nothing is held to any longer: what is under the pointer is what is meant. */
  release(): void {
    this.#isHeld = false;
    if (this.#pointer) this.lookAgain();
    else this.#tell(undefined);
  }

  /** What is under the pointer may have changed: looks once, and once more if it changed again meanwhile. */
  lookAgain(): void {
    if (this.#isHeld) return;
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
        if (!this.#pointer || this.#isHeld) continue;
        this.#found = { x, y };
        this.#tell(index);
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
