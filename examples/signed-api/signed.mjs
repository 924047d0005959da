// Signs and calls the four methods of the signed API. Node 18 or later, nothing else.
//   JACKFIELD_URL=http://127.0.0.1:8065 JACKFIELD_CODE=ci JACKFIELD_KEY=... node signed.mjs USERNAME
import { createHash } from 'node:crypto';

const { JACKFIELD_URL: url, JACKFIELD_CODE: code, JACKFIELD_KEY: key } = process.env;

const md5 = (text) => createHash('md5').update(text).digest('hex');

async function call(method, parameters = {}, body) {
  // PHP's form: URLSearchParams writes blanks as `+` and `~` as `%7E`; `*` has to be escaped too.
  const query = new URLSearchParams({ m: 'im', f: method, ...parameters, code }).toString().replaceAll('*', '%2A');
  const token = md5(md5(query) + key);
  const request = body && { method: 'POST', body: JSON.stringify(body) };
  const text = await (await fetch(`${url}/api.php?${query}&token=${token}`, request)).text();
  console.log(text);
  return JSON.parse(text);
}

const message = { title: 'Build passed', content: '**main** is green', sender: { name: 'JavaScript' } };
const [gid] = Object.keys((await call('getGroupChats')).data);
await call('getChatUsers', { gid });
await call('sendNotification', {}, { users: [process.argv[2]], ...message });
await call('sendChatMessage', {}, { gid, ...message });
