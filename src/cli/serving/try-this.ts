/**
 * What to do with a server that just started: text that is also a script. Paste all of it into a shell, or line
 * by line.
 */
export function tryThis(url: string): string {
  const body = (fields: string) => `-H "$JSON" -d '{"identifier":"you@example.com",${fields}}'`;
  const first = (field: string) => `sed 's/^[^}]*"${field}":"\\([^"]*\\)".*/\\1/'`;
  return `
# Latchkey listens on ${url} until Ctrl+C. Try it: paste these lines into another terminal.
URL='${url}' JSON='content-type: application/json'

# Sign up. The code that a mail would carry is in the mailbox: ${url}/dev/mailbox
curl -s "$URL/api/v1/auth/signup" ${body('"password":"a long passphrase"')}; echo
sleep 1; CODE=$(curl -s "$URL/dev/mailbox.json?to=you@example.com" | ${first('code')})
curl -s "$URL/api/v1/auth/signup/confirm" ${body(`"code":"'$CODE'"`)}; echo

# Sign in, and ask who you are.
TOKEN=$(curl -s "$URL/api/v1/auth/login/basic" ${body('"password":"a long passphrase"')} | ${first('access')})
curl -s "$URL/api/v1/me" -H "authorization: Bearer $TOKEN"; echo

`;
}
