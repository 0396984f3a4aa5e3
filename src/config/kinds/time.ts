import { asWritten, InvalidValue, type Kind, parsePart } from './kind.ts';

const MS_PER = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** Past ten years a lifetime is a slip of the keyboard. */
const LONGEST_MS = 3_650 * MS_PER.d;

export interface DurationBounds {
  readonly minMs?: number;
  readonly maxMs?: number;
}

/** `500ms`, `30s`, `3m`, `24h`, `8d`, read as milliseconds. */
export function duration({ minMs = 1, maxMs = LONGEST_MS }: DurationBounds = {}): Kind<number> {
  return {
    expects: 'a number with its unit (ms, s, m, h or d), such as 30s, 10m or 24h',
    parse(given) {
      const { amount, unit } = /^(?<amount>\d{1,12})(?<unit>ms|s|m|h|d)$/.exec(given)?.groups ?? {};
      if (amount === undefined || !isUnit(unit)) {
        // A bare number would mean seconds to one person and minutes to the next.
        if (/^\d+$/.test(given)) throw new InvalidValue('it has no unit', 'add one: ms, s, m, h or d');
        throw new InvalidValue('it is not a duration');
      }
      const ms = Number(amount) * MS_PER[unit];
      if (ms < minMs) throw new InvalidValue(`it is shorter than ${formatDuration(minMs)}`);
      if (ms > maxMs) throw new InvalidValue(`it is longer than ${formatDuration(maxMs)}`);
      return ms;
    },
    show: asWritten,
  };
}

/** The shortest way to write a duration that reads back as the same number of milliseconds. */
export function formatDuration(ms: number): string {
  if (ms === 0) return '0s';
  for (const unit of ['d', 'h', 'm', 's'] as const) {
    if (ms % MS_PER[unit] === 0) return `${ms / MS_PER[unit]}${unit}`;
  }
  return `${ms}ms`;
}

/** At most `points` in every `perMs`. */
export interface Rate {
  readonly points: number;
  readonly perMs: number;
}

const MOST_POINTS = 1_000_000;

/** `3/30s`: three every thirty seconds. */
export function rate(): Kind<Rate> {
  const period = duration({ minMs: MS_PER.s, maxMs: MS_PER.d });
  return {
    expects: 'a number for a period, such as 3/30s or 10/1m',
    parse(given) {
      const { points, per } = /^(?<points>\d{1,7})\/(?<per>[^/]+)$/.exec(given)?.groups ?? {};
      if (points === undefined || per === undefined) {
        throw new InvalidValue('it is not a number for a period');
      }
      if (Number(points) < 1) {
        throw new InvalidValue('nothing at all would be let through', 'allow at least 1');
      }
      if (Number(points) > MOST_POINTS) throw new InvalidValue(`it is over ${MOST_POINTS}`);
      return { points: Number(points), perMs: parsePart(period, per, 'the period after the /') };
    },
    show: asWritten,
  };
}

function isUnit(text: string | undefined): text is keyof typeof MS_PER {
  return text !== undefined && Object.hasOwn(MS_PER, text);
}
