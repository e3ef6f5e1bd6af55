import {existsSync} from 'node:fs';
import {createServer} from 'node:http';
import type {AddressInfo} from 'node:net';
import {delimiter, dirname, join} from 'node:path';
import {readAll} from '../backends/keep-alive.js';
import {findMoto, NO_MOTO} from '../backends/moto.js';
import {startServer} from '../backends/server.js';
import {repository} from '../repository.js';

/** The `aws` program: that of the repository's virtual environment, or one on PATH. */
function findAws(): string | undefined {
  const folders = [join(repository, '.venv', 'bin'), ...(process.env.PATH ?? '').split(delimiter)];
  return folders.map((folder) => join(folder, 'aws')).find((path) => existsSync(path));
}

/** What is missing for tests with EC2; undefined when nothing is. */
export function missingForEc2(): string | undefined {
  if (findMoto() === undefined) return NO_MOTO;
  return findAws() === undefined
    ? "there is no aws: python3 -m venv .venv && .venv/bin/pip install 'awscli>=1.40,<2'"
    : undefined;
}

/**
 * An environment in which `aws` is found, is logged in and knows no other address than this one.
 *
 * @param home Where it looks for the user's files, of which there should be none.
 */
export function awsEnvironment(url: string, home: string): Record<string, string> {
  return {
    PATH: [dirname(findAws() ?? ''), process.env.PATH ?? ''].join(delimiter),
    HOME: home,
    AWS_ENDPOINT_URL: url,
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_DEFAULT_REGION: 'eu-central-1',
    // Without it an address outside of this machine is asked for credentials.
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_MAX_ATTEMPTS: '1',
  };
}

/** A stand-in for EC2 on this machine. */
export interface Ec2 {
  readonly url: string;
  stop(): Promise<void>;
}

/** moto's EC2, which knows of instances, images and snapshots; an image is available at once. */
export interface Moto extends Ec2 {
  /** Ask it without the `aws` program, which takes a second to start. Gives the document it answers with. */
  ask(action: string, words: Readonly<Record<string, string>>): Promise<string>;
  /** @returns The id of a new instance. */
  runInstance(name: string): Promise<string>;
  /** The ids of all snapshots there are. */
  snapshots(): Promise<string[]>;
}

export async function startMotoEc2(): Promise<Moto> {
  const server = startServer(findMoto() ?? '', ['-H', '127.0.0.1', '-p', '0'], {
    endWith: 'SIGKILL',
    // Those of Amazon, which take it seconds to load.
    env: {...process.env, MOTO_EC2_LOAD_DEFAULT_AMIS: 'false'},
  });
  const url = await server.until(() => /Running on (http:\S+)/.exec(server.output())?.[1]);
  const ask: Moto['ask'] = async (action, words) => {
    const response = await fetch(url, {
      method: 'POST',
      // moto does not verify signatures, but reads from them which service and region is meant.
      headers: {
        Authorization:
          'AWS4-HMAC-SHA256 Credential=test/20260101/eu-central-1/ec2/aws4_request, SignedHeaders=host, Signature=none',
      },
      body: new URLSearchParams({Action: action, Version: '2016-11-15', ...words}),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`moto: ${action}: ${response.status} ${text}`);
    return text;
  };
  return {
    url,
    ask,
    runInstance: async (name) => {
      const answer = await ask('RunInstances', {
        ImageId: 'ami-12345678',
        InstanceType: 't3.micro',
        MinCount: '1',
        MaxCount: '1',
        'TagSpecification.1.ResourceType': 'instance',
        'TagSpecification.1.Tag.1.Key': 'Name',
        'TagSpecification.1.Tag.1.Value': name,
      });
      return /<instanceId>([^<]+)/.exec(answer)?.[1] ?? '';
    },
    snapshots: async () => {
      const answer = await ask('DescribeSnapshots', {'Owner.1': 'self'});
      return [...answer.matchAll(/<snapshotId>([^<]+)/g)].map(([, id]) => id ?? '');
    },
    stop: () => server.stop(),
  };
}

/** An answer in EC2's place. */
export interface Answer {
  readonly status?: number;
  readonly body: string;
}

/** An error as EC2 writes it. */
export function ec2Error(status: number, code: string, words: string): Answer {
  return {
    status,
    body: `<Response><Errors><Error><Code>${code}</Code><Message>${words}</Message></Error></Errors><RequestID>r</RequestID></Response>`,
  };
}

/** An answer as EC2 writes it. */
export function ec2Answer(action: string, content: string): Answer {
  const name = `${action}Response`;
  return {
    body: `<${name} xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><requestId>r</requestId>${content}</${name}>`,
  };
}

/** A server that says what the test wants EC2 to say, and keeps what it was asked. */
export async function startEc2StandIn(
  answer: (action: string, words: URLSearchParams) => Answer,
): Promise<Ec2 & {readonly asked: readonly URLSearchParams[]}> {
  const asked: URLSearchParams[] = [];
  const server = createServer((request, response) => {
    void readAll(request).then((body) => {
      const words = new URLSearchParams(body.toString());
      asked.push(words);
      const {status = 200, body: content} = answer(words.get('Action') ?? '', words);
      response.writeHead(status, {'Content-Type': 'text/xml', Connection: 'close'}).end(content);
    });
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    stop: () =>
      new Promise((stopped) => {
        server.close(() => {
          stopped();
        });
        server.closeAllConnections();
      }),
  };
}
