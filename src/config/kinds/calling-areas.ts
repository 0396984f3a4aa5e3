import { isCallingArea } from '../../core/account/index.ts';
import { asWritten, InvalidValue, type Kind } from './kind.ts';
import { list } from './list.ts';

/** Countries by ISO 3166 (`DE`) and calling codes (`+49`). */
export function callingAreas(): Kind<readonly string[]> {
  return list({
    expects: 'a country such as DE or a calling code such as +49',
    parse(given) {
      if (isCallingArea(given)) return given;
      if (isCallingArea(`+${given}`)) throw new InvalidValue('it has no plus sign', `write +${given}`);
      if (isCallingArea(given.toUpperCase())) {
        throw new InvalidValue('it is in lower case', `write ${given.toUpperCase()}`);
      }
      throw new InvalidValue('it is neither a country with phone numbers nor a calling code');
    },
    show: asWritten,
  });
}
