export interface Credentials {
  readonly user: string;
  readonly pass: string;
}

/**
 * The user info of a URL, decoded; nothing when there is none.
 * @throws Error that says how to write it and repeats neither part
 */
export function readCredentials(url: URL): Credentials | undefined {
  if (url.username === '' && url.password === '') return undefined;
  try {
    return { user: decodeURIComponent(url.username), pass: decodeURIComponent(url.password) };
  } catch {
    throw new Error('has a stray "%": in the user name and the password write it as %25');
  }
}
