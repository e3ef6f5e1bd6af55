import type {ProgramResult} from './ask-program.js';
import {ProviderFailure, type FailureReason} from '../provider.js';

/** `POST https://…: 422 (request "…") message`: the status stands only in doctl's text. */
const ANSWERED = /^(?:GET|POST|PUT|DELETE) \S+: (\d{3})\b(?: \(request "[^"]*"\))? ?([^]*)$/;
/** Go's words for a request that got no answer: `Get "https://…": dial tcp …`. */
const UNANSWERED = /^(?:Get|Post|Put|Delete) "[^"]*": ([^]*)$/;
/** Go's words for an answer that was cut off, or came from a proxy. */
const BROKEN_OFF = /^(?:unexpected )?EOF$|^invalid character /;
const NOT_LOGGED_IN = /access token is required|unable to read.*token|doctl auth init/i;

/**
 * Why doctl did not do what it was asked: with `-o json` it says so on stdout, as `{"errors": [{"detail": "…"}]}`, and on
 * stderr where it did not get as far as that.
 */
export function doctlFailure({status, stdout, stderr}: ProgramResult): ProviderFailure {
  const detail = detailOf(stdout) ?? (stderr.trim() || stdout.trim()).replace(/^Error: /, '');
  const [, code, words] = ANSWERED.exec(detail) ?? [];
  if (code !== undefined)
    return new ProviderFailure(reasonOf(Number(code), words ?? ''), `${code} ${words ?? ''}`.trim());
  const unanswered = UNANSWERED.exec(detail)?.[1];
  if (unanswered !== undefined) return new ProviderFailure('passing', unanswered);
  if (BROKEN_OFF.test(detail)) return new ProviderFailure('passing', detail);
  if (NOT_LOGGED_IN.test(detail)) return new ProviderFailure('unauthenticated', detail);
  const said = detail === '' ? `doctl exited with status ${status} and printed nothing` : detail;
  // 255 is a command line it does not understand; everything else may have had an effect.
  return new ProviderFailure(status === 255 ? 'refused' : 'unclear', said);
}

function reasonOf(status: number, words: string): FailureReason {
  if (status === 401) return 'unauthenticated';
  if (status === 403) return 'forbidden';
  if (status === 404) return 'not-found';
  if (status === 429 || status === 408 || status >= 500) return 'passing';
  return status === 422 && /pending event/i.test(words) ? 'busy' : 'refused';
}

function detailOf(stdout: string): string | undefined {
  try {
    const {errors} = JSON.parse(stdout) as {errors?: unknown};
    if (!Array.isArray(errors)) return undefined;
    const details = errors.map((error: {detail?: unknown} | null) => error?.detail);
    return details.filter((detail) => typeof detail === 'string').join('; ');
  } catch {
    return undefined;
  }
}
