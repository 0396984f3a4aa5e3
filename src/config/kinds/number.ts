import { asWritten, InvalidValue, type Kind } from './kind.ts';

/** A whole number between two bounds, both included. */
export function integer({ min, max }: { readonly min: number; readonly max: number }): Kind<number> {
  return {
    expects: `a whole number from ${min} to ${max}`,
    parse(given) {
      // Number() alone would also take '', '1e3', '0x10' and ' 7 '.
      if (!/^-?\d{1,15}$/.test(given)) throw new InvalidValue('it is not a whole number');
      const value = Number(given);
      if (value < min || value > max) throw new InvalidValue(`it is not between ${min} and ${max}`);
      return value;
    },
    show: asWritten,
  };
}

/** A TCP port. With `orAnyFree`, 0 asks the system for a free one. */
export function port({ orAnyFree = false }: { readonly orAnyFree?: boolean } = {}): Kind<number> {
  const numbers = integer({ min: 1, max: 65_535 });
  return {
    expects: 'a port from 1 to 65535',
    parse: (given) => (orAnyFree && given === '0' ? 0 : numbers.parse(given)),
    show: asWritten,
  };
}
