// Indian time, by which people on call work.

// The same moment as the service writes Indian time.
export function toIst(at) {
  return new Date(Date.parse(at) + 330 * 60000).toISOString();
}

// A written time without its year and zone, to the millisecond.
export function clock(at) {
  return at.slice(5, 23).replace("T", " ");
}

// A time in India, without its seconds; a dash for none.
export function ist(at) {
  return at ? toIst(at).slice(0, 16).replace("T", " ") : "–";
}

// The text of a value; a moment as people in India write it.
export function textOf(value) {
  return /^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(value) ? `${ist(value)} IST` : String(value);
}
