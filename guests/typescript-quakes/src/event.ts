// An event as the survey publishes it, as far as it is of interest.

import { decode } from '../../../sdk/typescript/text';

export interface Quake {
  id: string;
  magnitude: number;
  magnitudeType?: string;
  /** Where it was, for people: `50km NNW of Sangiang, Indonesia`. */
  place: string;
  /** Milliseconds since the Unix epoch; negative before. */
  timeMs: number;
  /** The seismic network that reports it. */
  network: string;
  hasTsunami: boolean;
  /** `earthquake`, `explosion`, `quarry blast`. */
  kind: string;
  /** Degrees east, degrees north, kilometres down. */
  coordinates: [number, number, number];
}

/** Why a record is no event. */
export class Malformed extends Error {}

type Fields = Record<string, unknown>;

function parse(data: Uint8Array): Fields {
  let value: unknown;
  try {
    value = JSON.parse(decode(data));
  } catch (error) {
    throw new Malformed(error instanceof Error ? error.message : String(error));
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new Malformed('an object is expected');
  }
  return value as Fields;
}

function text(value: unknown, name: string): string {
  if (typeof value !== 'string') throw new Malformed(`\`${name}\` is missing or no text`);
  // Half a character, which the host does not take.
  if (/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/.test(value)) {
    throw new Malformed(`\`${name}\` has a surrogate that stands alone`);
  }
  return value;
}

function optional(value: unknown, name: string): string | undefined {
  return value === undefined || value === null ? undefined : text(value, name);
}

function number(value: unknown, name: string): number {
  if (typeof value !== 'number' || !Number.isFinite(value)) throw new Malformed(`\`${name}\` is missing or no number`);
  return value;
}

function integer(value: unknown, name: string, min: number, max: number): number {
  if (!Number.isInteger(value) || Object.is(value, -0)) throw new Malformed(`\`${name}\` is missing or no whole number`);
  if ((value as number) < min || (value as number) > max) throw new Malformed(`\`${name}\` is out of range`);
  return value as number;
}

function coordinates(value: unknown): [number, number, number] {
  if (!Array.isArray(value) || value.length !== 3) throw new Malformed('`coordinates` are missing or not three numbers');
  const [east, north, down] = value.map((each) => number(each, 'coordinates'));
  return [east!, north!, down!];
}

/**
 * The event in a line of JSON.
 *
 * @throws Malformed if it is none.
 */
export function read(data: Uint8Array): Quake {
  const fields = parse(data);
  const tsunami = fields.tsunami === undefined ? 0 : integer(fields.tsunami, 'tsunami', 0, 255);
  return {
    id: text(fields.id, 'id'),
    magnitude: number(fields.mag, 'mag'),
    magnitudeType: optional(fields.magType, 'magType'),
    place: text(fields.place, 'place'),
    timeMs: integer(fields.time, 'time', Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER),
    network: text(fields.net, 'net'),
    hasTsunami: tsunami !== 0,
    kind: optional(fields.type, 'type') ?? 'earthquake',
    coordinates: coordinates(fields.coordinates),
  };
}

/** The country, state or sea: what follows the last comma of the place. */
export function region(quake: Quake): string {
  return quake.place.slice(quake.place.lastIndexOf(',') + 1).trim() || quake.network;
}
