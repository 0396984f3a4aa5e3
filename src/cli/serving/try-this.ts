/**
 * What to do with a server that just started: text that is also a script. Paste all of it into a shell, or line
 * by line. Without the mailbox page, which a server that other machines reach does not have, the reader copies the code.
 */
export function tryThis(url: string, { hasMailbox }: { readonly hasMailbox: boolean }): string {
  const body = (fields: string) => `-H "$JSON" -d '{"identifier":"you@example.com",${fields}}'`;
  const first = (field: string) => `sed 's/^[^}]*"${field}":"\\([^"]*\\)".*/\\1/'`;
  const how = hasMailbox
    ? 'paste these lines into another terminal.'
    : 'enter these lines in another terminal, one after the other.';
  const where = hasMailbox
    ? `in the mailbox: ${url}/dev/mailbox`
    : 'in the log of the server; write it here:';
  const code = hasMailbox
    ? `sleep 1; CODE=$(curl -s "$URL/dev/mailbox.json?to=you@example.com" | ${first('code')})`
    : "CODE='000000'";
  return `
# Latchkey listens on ${url} until Ctrl+C. Try it: ${how}
URL='${url}' JSON='content-type: application/json'

# Sign up. The code that a mail would carry is ${where}
curl -s "$URL/api/v1/auth/signup" ${body('"password":"a long passphrase"')}; echo
${code}
curl -s "$URL/api/v1/auth/signup/confirm" ${body(`"code":"'$CODE'"`)}; echo

# Sign in, and ask who you are.
TOKEN=$(curl -s "$URL/api/v1/auth/login/basic" ${body('"password":"a long passphrase"')} | ${first('access')})
curl -s "$URL/api/v1/me" -H "authorization: Bearer $TOKEN"; echo

`;
}
