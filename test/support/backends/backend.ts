/** A kind of place where terraform keeps state, and what it takes to have it here. */
export interface Backend {
  readonly name: string;
  /** What terraform calls it. */
  readonly type: 'local' | 's3' | 'pg' | 'http';
  /** Terraform's http backend has the one called default only. */
  readonly hasWorkspaces: boolean;
  /** Whether a server keeps the state, which may go away. */
  readonly hasServer: boolean;
  /** Why this machine cannot have it; undefined when it can. */
  missing(): string | undefined;
  /** Have it, until it is stopped. Rejects when the server does not come up. */
  start(): Promise<RunningBackend>;
}

export interface RunningBackend {
  /** What terraform needs in its environment. */
  readonly env: Readonly<Record<string, string>>;
  /** Files that give a project a state of its own in this backend, shared with no other project. */
  files(): Readonly<Record<string, string>>;
  /** From now on the server answers nobody: whoever asks is refused at once. */
  takeDown(): Promise<void>;
  stop(): Promise<void>;
}

/** The file that names a project's backend. */
export function backendFile(type: string, settings: string): Record<string, string> {
  const lines = settings.trim().split('\n');
  return {
    'backend.tf': `terraform {\n  backend "${type}" {\n${lines.map((line) => `    ${line.trim()}\n`).join('')}  }\n}\n`,
  };
}
