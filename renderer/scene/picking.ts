// Which point is under the pointer, exactly: the points are drawn once more in the colours of their indices into a small window around the
// pointer, and the window is read back without stalling the GPU. The window must be as wide as the widest point, since GL may drop points
// whose centre is outside of it; only its middle is read.
import { Color, NearestFilter, WebGLRenderTarget } from 'three';
import { MAX_POINT_PIXELS } from './points-layer.ts';
import type { Stage } from './stage.ts';

/** A click this many CSS pixels beside a point still means it. */
const NEAR_PIXELS = 5;

export class Picker {
  readonly #stage: Stage;
  #target: WebGLRenderTarget | undefined;
  #queue: Promise<unknown> = Promise.resolve();
  #disposed = false;

  constructor(stage: Stage) {
    this.#stage = stage;
  }

  /** Index under a place in the container (CSS pixels), else the nearest one within a few pixels. One read at a time. */
  pick(x: number, y: number): Promise<number | undefined> {
    const result = this.#queue.then(() => this.#pickNow(x, y));
    this.#queue = result.catch(() => undefined);
    return result;
  }

  async #pickNow(x: number, y: number): Promise<number | undefined> {
    const { renderer, camera, pickScene, pixelRatio, width, height } = this.#stage;
    if (this.#disposed || this.#stage.contextLost || this.#stage.frames === 0) return undefined;
    const near = Math.ceil(NEAR_PIXELS * pixelRatio);
    const reach = Math.ceil((MAX_POINT_PIXELS / 2 + 1) * pixelRatio) + near;
    const side = 2 * reach + 1;
    if (this.#target?.width !== side) {
      this.#target?.dispose();
      this.#target = new WebGLRenderTarget(side, side, { minFilter: NearestFilter, magFilter: NearestFilter });
    }
    const target = this.#target;
    const [column, row] = [Math.floor(x * pixelRatio), Math.floor(y * pixelRatio)];
    const clear = renderer.getClearColor(new Color());
    const alpha = renderer.getClearAlpha();
    camera.setViewOffset(
      Math.floor(width * pixelRatio),
      Math.floor(height * pixelRatio),
      column - reach,
      row - reach,
      side,
      side,
    );
    renderer.setRenderTarget(target);
    renderer.setClearColor(0, 0);
    renderer.render(pickScene, camera);
    renderer.setRenderTarget(null);
    renderer.setClearColor(clear, alpha);
    camera.clearViewOffset();

    const span = 2 * near + 1;
    const bytes = new Uint8Array(4 * span * span);
    try {
      await renderer.readRenderTargetPixelsAsync(target, reach - near, reach - near, span, span, bytes);
    } catch (thrown) {
      // A context that is lost while one waits has no answer; anything else is a fault.
      if (this.#stage.contextLost || this.#disposed) return undefined;
      throw thrown;
    }
    return nearestId(bytes, span);
  }

  dispose(): void {
    this.#disposed = true;
    this.#target?.dispose();
  }
}

/** The id nearest to the middle of a square window of RGBA bytes (id + 1, little end first; 0: nothing), within its inscribed circle. */
export function nearestId(bytes: Uint8Array, span: number): number | undefined {
  const middle = (span - 1) / 2;
  let best: number | undefined;
  let least = middle * middle + 0.5;
  for (let row = 0; row < span; row++) {
    for (let column = 0; column < span; column++) {
      const at = 4 * (row * span + column);
      const [r, g, b, a] = [bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]] as [number, number, number, number];
      const id = r + 256 * (g + 256 * (b + 256 * a));
      const far = (row - middle) ** 2 + (column - middle) ** 2;
      if (id > 0 && far < least) [least, best] = [far, id - 1];
    }
  }
  return best;
}
