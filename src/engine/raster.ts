// Plain drawing into 8-bit RGB with smooth edges. How much of a pixel a disc or a line covers is taken from the distance of the pixel's
// centre to the edge, clamp(1/2 - distance): a disc's area is met to a tenth at a radius of one pixel, to a fiftieth from 2.5 on. Nothing but sums,
// products, quotients and square roots, which IEEE 754 rounds one way only, so every machine draws the same bytes.

/** sRGB, 0 … 255. */
export type Colour = readonly [red: number, green: number, blue: number];

/** Coordinates are pixels from the left and from the top; what lies outside is not drawn. */
export class Raster {
  readonly width: number;
  readonly height: number;
  /** [height, width, 3] */
  readonly data: Uint8Array;

  constructor(width: number, height: number, ground: Colour) {
    this.width = width;
    this.height = height;
    this.data = new Uint8Array(width * height * 3);
    for (let i = 0; i < this.data.length; i++) this.data[i] = ground[i % 3] as number;
  }

  copy(): Raster {
    const copied = new Raster(this.width, this.height, [0, 0, 0]);
    copied.data.set(this.data);
    return copied;
  }

  /** Puts another picture at whole pixels. */
  place(other: Raster, left: number, top: number): void {
    for (let y = 0; y < other.height; y++) {
      const row = other.data.subarray(y * other.width * 3, (y + 1) * other.width * 3);
      this.data.set(row, ((top + y) * this.width + left) * 3);
    }
  }

  disc(x: number, y: number, radius: number, colour: Colour, opacity = 1): void {
    this.#shade(x - radius, y - radius, x + radius, y + radius, colour, opacity, (px, py) => {
      const [dx, dy] = [px - x, py - y];
      return radius + 0.5 - Math.sqrt(dx * dx + dy * dy);
    });
  }

  /** A line with round ends. */
  segment(x0: number, y0: number, x1: number, y1: number, thickness: number, colour: Colour): void {
    const reach = thickness / 2;
    const [alongX, alongY] = [x1 - x0, y1 - y0];
    const squared = alongX * alongX + alongY * alongY;
    const [left, right] = x0 < x1 ? [x0, x1] : [x1, x0];
    const [top, bottom] = y0 < y1 ? [y0, y1] : [y1, y0];
    this.#shade(left - reach, top - reach, right + reach, bottom + reach, colour, Math.min(1, thickness), (px, py) => {
      const share = squared > 0 ? Math.min(1, Math.max(0, ((px - x0) * alongX + (py - y0) * alongY) / squared)) : 0;
      const [dx, dy] = [px - x0 - share * alongX, py - y0 - share * alongY];
      return Math.max(reach, 0.5) + 0.5 - Math.sqrt(dx * dx + dy * dy);
    });
  }

  /** Edges between pixels cover them in part: exactly their area. */
  rectangle(left: number, top: number, right: number, bottom: number, colour: Colour, opacity = 1): void {
    this.#shade(left, top, right, bottom, colour, opacity, (px, py) => {
      const wide = Math.min(right, px + 0.5) - Math.max(left, px - 0.5);
      const high = Math.min(bottom, py + 0.5) - Math.max(top, py - 0.5);
      return Math.max(0, wide) * Math.max(0, high);
    });
  }

  /** Mixes `colour` into the pixels around a box, as far as `cover` (of a pixel's centre) says. */
  #shade(
    left: number,
    top: number,
    right: number,
    bottom: number,
    colour: Colour,
    opacity: number,
    cover: (px: number, py: number) => number,
  ): void {
    const [firstX, lastX] = [Math.max(0, Math.floor(left - 1)), Math.min(this.width - 1, Math.ceil(right))];
    const [firstY, lastY] = [Math.max(0, Math.floor(top - 1)), Math.min(this.height - 1, Math.ceil(bottom))];
    for (let y = firstY; y <= lastY; y++) {
      for (let x = firstX; x <= lastX; x++) {
        const share = opacity * Math.min(1, cover(x + 0.5, y + 0.5));
        if (!(share > 0)) continue;
        const at = (y * this.width + x) * 3;
        for (let k = 0; k < 3; k++) {
          const under = this.data[at + k] as number;
          this.data[at + k] = Math.round(under + ((colour[k] as number) - under) * share);
        }
      }
    }
  }
}
