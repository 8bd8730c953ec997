// What goes out for an event.

import { type Quake, region } from './event';
import { Moment } from './calendar';
import { decimals, energyJoules, json } from './numbers';

/** The longest partition key, in characters. */
const KEY_CHARS_MAX = 256;

/** An event for its readers. */
export interface Alert {
  /** The partition key: its region, as long as a key may be. */
  key: string;
  json: string;
  /** One line for people. */
  summary: string;
}

/** The three classes of the survey. */
function depthClass(depthKm: number): string {
  return depthKm < 70 ? 'shallow' : depthKm < 300 ? 'intermediate' : 'deep';
}

/** What is to be told of `quake`. */
export function alert(quake: Quake): Alert {
  const [longitude, latitude, depthKm] = quake.coordinates;
  const { magnitude, place, kind } = quake;
  const depth = depthClass(depthKm);
  const time = Moment.of(quake.timeMs);
  const what = `${depth} ${kind}, ${decimals(depthKm, 0)} km down`;
  const summary = `M ${decimals(magnitude, 1)}, ${place}: ${what}, ${time.toMinute()}`;
  const text = JSON.stringify;
  // Written by hand, since `JSON.stringify` writes 5 for 5.0, and readers may tell them apart.
  const members = [
    `"id":${text(quake.id)}`,
    `"time":"${time}"`,
    `"kind":${text(kind)}`,
    `"magnitude":${json(magnitude)}`,
    ...(quake.magnitudeType === undefined ? [] : [`"magnitudeType":${text(quake.magnitudeType)}`]),
    `"energyJoules":${json(energyJoules(magnitude))}`,
    `"place":${text(place)}`,
    `"region":${text(region(quake))}`,
    `"network":${text(quake.network)}`,
    `"longitude":${json(longitude)}`,
    `"latitude":${json(latitude)}`,
    `"depthKm":${json(depthKm)}`,
    `"depth":"${depth}"`,
    `"tsunami":${quake.hasTsunami}`,
    `"summary":${text(summary)}`,
  ];
  const key = Array.from(region(quake)).slice(0, KEY_CHARS_MAX).join('');
  return { key, json: `{${members.join(',')}}`, summary };
}
