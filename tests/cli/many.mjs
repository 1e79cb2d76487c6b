// Runs the built command line several times in one process, each with words of its own: what starts nothing costs a quarter of a second each
// time otherwise. The program is the real one, evaluated anew; argv, exit code and both streams are what it would have alone.
// node many.mjs <karst.js> <JSON of lists of words> → JSON of { code, out, err }.
import process from 'node:process';
import { pathToFileURL } from 'node:url';

const [program, given] = process.argv.slice(2);
const write = process.stdout.write.bind(process.stdout);
process.exit = () => {}; // a program that is done ends its process after a while
process.setMaxListeners(0);

const ended = [];
for (const [i, words] of JSON.parse(given).entries()) {
  let [out, err] = ['', ''];
  process.stdout.write = (text) => Boolean((out += text));
  process.stderr.write = (text) => Boolean((err += text));
  process.argv = [process.argv[0], program, ...words];
  process.exitCode = undefined;
  await import(`${pathToFileURL(program).href}?${i}`);
  ended.push({ code: process.exitCode, out, err });
}
process.exitCode = 0;
write(JSON.stringify(ended));
