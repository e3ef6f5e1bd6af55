import {existsSync} from 'node:fs';
import {delimiter, join} from 'node:path';
import {keepAlive} from './keep-alive.js';
import {startServer} from './server.js';
import {repository} from '../repository.js';

/** The server of moto, a stand-in for AWS's services: that of the repository's virtual environment, or one on PATH. */
export function findMoto(): string | undefined {
  const folders = [join(repository, '.venv', 'bin'), ...(process.env.PATH ?? '').split(delimiter)];
  return folders.map((folder) => join(folder, 'moto_server')).find((path) => existsSync(path));
}

export const NO_MOTO =
  "there is no moto_server: python3 -m venv .venv && .venv/bin/pip install 'moto[server]>=5.1,<6'";

/** S3 and DynamoDB at one address, with whatever credentials. */
export interface Moto {
  readonly url: string;
  /** Make a bucket that keeps every version of an object. */
  createBucket(name: string): Promise<void>;
  /** Make a table for terraform's locks. */
  createLockTable(name: string): Promise<void>;
  stop(): Promise<void>;
}

export async function startMoto(program: string): Promise<Moto> {
  const server = startServer(program, ['-H', '127.0.0.1', '-p', '0'], {endWith: 'SIGKILL'});
  // It serves from before it says so, since the socket already listens.
  const origin = await server.until(() => /Running on (http:\S+)/.exec(server.output())?.[1]);
  const front = await keepAlive(origin);
  const {url} = front;
  const ask = async (
    service: string,
    path: string,
    request: {method: string; headers?: Record<string, string>; body?: string},
  ): Promise<void> => {
    const response = await fetch(`${url}${path}`, {
      ...request,
      // moto does not verify signatures, but reads from them which service is meant.
      headers: {
        ...request.headers,
        Authorization: `AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/${service}/aws4_request, SignedHeaders=host, Signature=none`,
      },
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`moto: ${service} ${path}: ${response.status} ${text}`);
  };
  return {
    url,
    createBucket: async (name) => {
      await ask('s3', `/${name}`, {method: 'PUT'});
      await ask('s3', `/${name}?versioning`, {
        method: 'PUT',
        headers: {'Content-Type': 'application/xml'},
        body: '<VersioningConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Status>Enabled</Status></VersioningConfiguration>',
      });
    },
    createLockTable: (name) =>
      ask('dynamodb', '/', {
        method: 'POST',
        headers: {
          'Content-Type': 'application/x-amz-json-1.0',
          'X-Amz-Target': 'DynamoDB_20120810.CreateTable',
        },
        body: JSON.stringify({
          TableName: name,
          // What terraform's documentation asks for.
          AttributeDefinitions: [{AttributeName: 'LockID', AttributeType: 'S'}],
          KeySchema: [{AttributeName: 'LockID', KeyType: 'HASH'}],
          BillingMode: 'PAY_PER_REQUEST',
        }),
      }),
    stop: async () => {
      await front.stop();
      await server.stop();
    },
  };
}
