import { createRequire } from 'node:module';

type PhoneNumbers = typeof import('libphonenumber-js/min');

const require = createRequire(import.meta.url);
const PUNCTUATION = /[\s()[\]-]/gu;

/** Whether a text names a country by ISO 3166 (`DE`) or a calling code (`+49`). */
export function isCallingArea(text: string): boolean {
  const { getCountries, getCountryCallingCode } = require('libphonenumber-js/min') as PhoneNumbers;
  return getCountries().some((country) => text === country || text === `+${getCountryCallingCode(country)}`);
}

/** Whether an E.164 number is of one of the countries (`DE`) or calling codes (`+49`). */
export function isNumberIn(number: string, areas: readonly string[]): boolean {
  const { parsePhoneNumberFromString } = require('libphonenumber-js/min') as PhoneNumbers;
  const parsed = parsePhoneNumberFromString(number);
  if (parsed === undefined) return false;
  // Several countries can share a calling code, and not every number says of which of them it is.
  const own: string[] = [`+${parsed.countryCallingCode}`, ...parsed.getPossibleCountries()];
  return own.some((area) => areas.includes(area));
}

/** E.164, or undefined. The tables of number plans are loaded with the first number that somebody types. */
export function readPhoneNumber(text: string): string | undefined {
  const digits = text.replace(PUNCTUATION, '');
  if (!/^\+[0-9]{5,15}$/.test(digits)) return undefined;
  const { parsePhoneNumberFromString } = require('libphonenumber-js/min') as PhoneNumbers;
  const parsed = parsePhoneNumberFromString(digits);
  // Possible, not valid: number plans change faster than servers are upgraded, and the carrier decides in the end.
  if (parsed?.isPossible() !== true) return undefined;
  // Zeros in a row after the country code are dropped one with each reading: no number, and none that stays itself.
  return parsePhoneNumberFromString(parsed.number)?.number === parsed.number ? parsed.number : undefined;
}
