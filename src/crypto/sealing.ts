import { createCipheriv, createDecipheriv } from 'node:crypto';
import type { Random } from './random.ts';

const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const VERSION = 1;

/** Authenticated encryption for what must be read back: AES-256-GCM, `version | nonce | tag | ciphertext`. */
export interface Sealing {
  /** @param context bound to the bytes as associated data: what is sealed for one row does not open for another. */
  seal(plain: string, context: string): Buffer;
  /** @throws when the bytes were changed, sealed with another key, or for another context. */
  open(sealed: Uint8Array, context: string): string;
}

export function createSealing(key: Buffer, random: Random): Sealing {
  return {
    seal(plain, context) {
      const nonce = random.bytes(NONCE_BYTES);
      const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(context));
      const body = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final()]);
      return Buffer.concat([Buffer.of(VERSION), nonce, cipher.getAuthTag(), body]);
    },
    open(sealed, context) {
      const bytes = Buffer.from(sealed);
      if (bytes[0] !== VERSION) throw new Error(`unknown sealing version ${bytes[0]}`);
      const nonce = bytes.subarray(1, 1 + NONCE_BYTES);
      const tag = bytes.subarray(1 + NONCE_BYTES, 1 + NONCE_BYTES + TAG_BYTES);
      const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES });
      decipher.setAAD(Buffer.from(context)).setAuthTag(tag);
      const body = decipher.update(bytes.subarray(1 + NONCE_BYTES + TAG_BYTES));
      return Buffer.concat([body, decipher.final()]).toString('utf8');
    },
  };
}
