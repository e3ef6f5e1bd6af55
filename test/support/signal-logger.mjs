// A stand-in child that writes down each signal it gets, one name a line, into the file named by its first argument.
// It says `ready` when it listens. SIGUSR2 ends it with status 7: a test sends it last, so what is in the file is all.
import {appendFileSync, closeSync, writeSync} from 'node:fs';
import {setInterval} from 'node:timers';

const log = process.argv[2];
for (const name of ['SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGTERM', 'SIGALRM', 'SIGUSR2']) {
  process.on(name, () => {
    appendFileSync(log, `${name}\n`);
    if (name !== 'SIGUSR2') return;
    // Node aborts when it ends on a terminal that was closed.
    for (const descriptor of [0, 1, 2]) closeSync(descriptor);
    process.exit(7);
  });
}
setInterval(() => {}, 1e6);
writeSync(1, 'ready\n');
