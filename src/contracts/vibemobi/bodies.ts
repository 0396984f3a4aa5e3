import type { FastifyRequest } from 'fastify';
import { AnswerError, MalformedBody, parseForm, parseJson, parseMultipart } from '../../http/index.ts';
import { detail } from './errors.ts';
import { brokenJson, notADict } from './validation.ts';

/** As FastAPI decides: JSON by its name or its suffix, or when nothing is said. */
const JSON_TYPE = /^application\/(?:json|[\w.-]+\+json)$/;

function sent({ headers, body }: FastifyRequest): { type: string; bytes: Buffer } {
  const [type = ''] = (headers['content-type'] ?? '').split(';', 1);
  return { type: type.trim().toLowerCase(), bytes: Buffer.isBuffer(body) ? body : Buffer.alloc(0) };
}

/** Where V8 says that a text stops being JSON. */
function positionIn(error: unknown): number {
  const { message = '' } = (
    error instanceof Error && error.cause instanceof Error ? error.cause : {}
  ) as Error;
  return Number(/at position (\d+)/.exec(message)?.[1] ?? 0);
}

/** The JSON of a request; undefined without a body. @throws AnswerError 422 */
export function readJson(request: FastifyRequest): unknown {
  const { type, bytes } = sent(request);
  if (bytes.byteLength === 0) return undefined;
  if (type !== '' && !JSON_TYPE.test(type)) throw new AnswerError(notADict);
  try {
    return parseJson(bytes);
  } catch (error) {
    if (error instanceof MalformedBody) throw brokenJson(positionIn(error));
    throw error;
  }
}

/** The fields of a form, an empty one counting as missing; none where the body is no form. @throws AnswerError 400 */
export async function readForm(request: FastifyRequest): Promise<Record<string, string>> {
  const { type, bytes } = sent(request);
  try {
    return withoutEmpty(await parse(type, bytes, request.headers['content-type'] ?? ''));
  } catch (error) {
    if (error instanceof MalformedBody)
      throw new AnswerError(detail(400, 'There was an error parsing the body'));
    throw error;
  }
}

async function parse(type: string, bytes: Buffer, contentType: string): Promise<Record<string, string>> {
  if (type === 'application/x-www-form-urlencoded') return parseForm(bytes);
  if (type === 'multipart/form-data') return parseMultipart(bytes, contentType);
  return {};
}

const withoutEmpty = (fields: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== ''));
