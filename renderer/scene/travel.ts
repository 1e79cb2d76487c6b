// Where every point was, where it is going and how far it has come: shared by all layers that draw at points. Points are matched by id.
// Slots 0 … count - 1 are the points of the last set; while they travel, points that are gone fade in the slots after them.

/** How long points travel to new places. */
export const TRAVEL_MS = 400;

/** Cubic, slow at both ends. */
export const eased = (t: number): number => (t < 0.5 ? 4 * t * t * t : 1 - (2 - 2 * t) ** 3 / 2);

export class Travel {
  count = 0;
  slots = 0;
  /** [slots, 3] */
  places = new Float32Array(0);
  placesBefore = new Float32Array(0);
  /** 255 there, 0 not there. */
  presence = new Uint8Array(0);
  presenceBefore = new Uint8Array(0);
  /** For each slot, its slot in the previous set or -1. */
  slotBefore = new Int32Array(0);
  travelled = 1;
  #ids: Int32Array | undefined;
  #startMs: number | undefined;
  #moving = false;

  /** positions: [count, 3]. Starts the clock at the next advance. */
  set(positions: Float32Array, count: number, ids: Int32Array | undefined, ease: boolean): void {
    const easing = ease && this.count > 0;
    const before = new Map<number, number>();
    for (let slot = 0; slot < this.count; slot++) before.set(this.#ids ? (this.#ids[slot] as number) : slot, slot);
    const matched = new Uint8Array(this.count);
    const slotOf = (i: number): number => before.get(ids ? (ids[i] as number) : i) ?? -1;
    let gone = 0;
    for (let i = 0; i < count; i++) {
      const slot = slotOf(i);
      if (slot >= 0) matched[slot] = 1;
    }
    if (easing) for (let slot = 0; slot < this.count; slot++) if (matched[slot] === 0) gone++;

    const slots = count + gone;
    const places = new Float32Array(3 * slots);
    const placesBefore = new Float32Array(3 * slots);
    const presence = new Uint8Array(slots);
    const presenceBefore = new Uint8Array(slots);
    const slotBefore = new Int32Array(slots).fill(-1);
    places.set(positions.subarray(0, 3 * count));
    placesBefore.set(positions.subarray(0, 3 * count));
    presence.fill(255, 0, count);
    presenceBefore.fill(easing ? 0 : 255, 0, count);
    for (let i = 0; i < count; i++) {
      const slot = slotOf(i);
      slotBefore[i] = slot;
      if (!easing || slot < 0) continue;
      presenceBefore[i] = this.#presenceNow(slot);
      for (let k = 0; k < 3; k++) placesBefore[3 * i + k] = this.#coordinateNow(slot, k);
    }
    for (let slot = 0, at = count; gone > 0 && slot < this.count; slot++) {
      if (matched[slot] === 1) continue;
      slotBefore[at] = slot;
      presenceBefore[at] = this.#presenceNow(slot);
      for (let k = 0; k < 3; k++) places[3 * at + k] = placesBefore[3 * at + k] = this.#coordinateNow(slot, k);
      at++;
    }
    // A point that is nowhere is not drawn, not picked and not fitted.
    for (let i = 0; i < count; i++) {
      const finite = Number.isFinite((places[3 * i] as number) + (places[3 * i + 1] as number) + (places[3 * i + 2] as number));
      if (!finite) presence[i] = presenceBefore[i] = 0;
    }
    Object.assign(this, { count, slots, places, placesBefore, presence, presenceBefore, slotBefore });
    this.#ids = ids ? ids.slice(0, count) : undefined;
    this.travelled = easing ? 0 : 1;
    this.#moving = easing;
    this.#startMs = undefined;
  }

  /** Where a point of the set before is in this one; undefined where it is gone. */
  indexNow(before: number): number | undefined {
    const index = this.slotBefore.subarray(0, this.count).indexOf(before);
    return index < 0 ? undefined : index;
  }

  /** Moves the clock. `settled` is true once, at the end of a journey: everything is at its place and what was gone is no more. */
  advance(nowMs: number): { travelled: number; moving: boolean; settled: boolean } {
    if (!this.#moving) return { travelled: this.travelled, moving: false, settled: false };
    this.#startMs ??= nowMs;
    const share = (nowMs - this.#startMs) / TRAVEL_MS;
    if (share < 1) {
      this.travelled = eased(Math.max(0, share));
      return { travelled: this.travelled, moving: true, settled: false };
    }
    this.finish();
    return { travelled: 1, moving: false, settled: true };
  }

  /** Everything jumps to its place. */
  finish(): void {
    this.slots = this.count;
    this.slotBefore = Int32Array.from({ length: this.count }, (_, i) => i);
    this.placesBefore.set(this.places);
    this.presenceBefore.set(this.presence);
    this.travelled = 1;
    this.#moving = false;
  }

  /** Where a point is at this moment; undefined where there is none. */
  placeOf(index: number): [number, number, number] | undefined {
    if (!(index >= 0 && index < this.count) || this.presence[index] === 0) return undefined;
    return [this.#coordinateNow(index, 0), this.#coordinateNow(index, 1), this.#coordinateNow(index, 2)];
  }

  #coordinateNow(slot: number, k: number): number {
    const [a, b] = [this.placesBefore[3 * slot + k] as number, this.places[3 * slot + k] as number];
    return this.travelled >= 1 ? b : a + (b - a) * this.travelled;
  }

  #presenceNow(slot: number): number {
    const [a, b] = [this.presenceBefore[slot] as number, this.presence[slot] as number];
    return Math.round(a + (b - a) * this.travelled);
  }
}
