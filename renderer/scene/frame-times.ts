// How long frames take, each to its end on the GPU, while the view goes round the map.
import type { Stage } from './stage.ts';

/** Milliseconds a frame; the view is where it was afterwards. */
export function frameTimes(stage: Stage, count: number): number[] {
  const gl = stage.renderer.getContext();
  const before = stage.goal;
  const pixel = new Uint8Array(4);
  const times = Array.from({ length: count }, (_, k) => {
    stage.setGoal({ ...before, azimuth: before.azimuth + (k + 1) * 0.05 }, { jump: true });
    const started = performance.now();
    stage.draw(started);
    // Reading a pixel back waits until the GPU has drawn.
    gl.readPixels(0, 0, 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, pixel);
    return performance.now() - started;
  });
  stage.setGoal(before, { jump: true });
  return times;
}
