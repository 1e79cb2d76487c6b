// How much room each of many places has, when they are taken one after another, always the one farthest from those taken before (Gonzalez
// 1985): room = its distance to the nearest earlier place. Those with room of at least r are r apart, and no other place is farther than r
// from all of them. So one number each says which pictures fit at any zoom.
/** places: [count, 3], map units; rows with a coordinate that is not finite have no room. Costs count² / 2 distances. */
export function roomOf(places: Float32Array): Float32Array {
  const count = places.length / 3;
  const room = new Float32Array(count);
  /** To the nearest place taken so far; -1: taken. */
  const away = Float32Array.from({ length: count }, (_, i) =>
    Number.isFinite((places[3 * i] as number) + (places[3 * i + 1] as number) + (places[3 * i + 2] as number)) ? Infinity : -1,
  );
  for (let taken = away.findIndex((distance) => distance > 0); taken >= 0;) {
    room[taken] = away[taken] as number;
    away[taken] = -1;
    const [x, y, z] = [places[3 * taken] as number, places[3 * taken + 1] as number, places[3 * taken + 2] as number];
    let next = -1;
    let most = -1;
    for (let i = 0; i < count; i++) {
      const before = away[i] as number;
      if (before < 0) continue;
      const [dx, dy, dz] = [(places[3 * i] as number) - x, (places[3 * i + 1] as number) - y, (places[3 * i + 2] as number) - z];
      const distance = Math.sqrt(dx * dx + dy * dy + dz * dz);
      const now = Math.min(before, distance);
      away[i] = now;
      if (now > most) [most, next] = [now, i];
    }
    taken = next;
  }
  return room;
}
