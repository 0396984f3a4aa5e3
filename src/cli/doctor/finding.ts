export type Status = 'ok' | 'warning' | 'problem';

/** One thing that was looked at, and what came of it. */
export interface Finding {
  /** Names the check; stable, for scripts. */
  readonly check: string;
  readonly status: Status;
  readonly what: string;
  /** What to do; null where nothing is to be done. */
  readonly fix: string | null;
}

/** What the checks look at. */
export interface Judgement {
  /** Whether to be as strict as production must be. */
  readonly inProduction: boolean;
}

export function ok(check: string, what: string): Finding {
  return { check, status: 'ok', what, fix: null };
}

export function warning(check: string, what: string, fix: string): Finding {
  return { check, status: 'warning', what, fix };
}

export function problem(check: string, what: string, fix: string): Finding {
  return { check, status: 'problem', what, fix };
}

/** What a developer may leave as it is, and production must not. */
export function objection(check: string, { inProduction }: Judgement, what: string, fix: string): Finding {
  return { check, status: inProduction ? 'problem' : 'warning', what, fix };
}
