import type { Answer } from '../../http/index.ts';

/** One thing that is wrong; `fieldName` is empty where it is no field's fault. */
export interface Complaint {
  readonly fieldName: string;
  readonly messageCode: string;
}

/** @param id the account's number where the answer is about an account */
export function success(details: object, id = 0) {
  return { id, details, status: '1', errors: [] };
}

export function failure(status: number, ...errors: readonly Complaint[]): Answer {
  return { status, body: { id: 0, details: null, status: '0', errors } };
}
