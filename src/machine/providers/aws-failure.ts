import type {ProgramResult} from './ask-program.js';
import {ProviderFailure, type FailureReason} from '../provider.js';

/**
 * Reasons by AWS's codes: https://docs.aws.amazon.com/ec2/latest/devguide/errors-overview.html; those that end in
 * `Exception` come from STS and SSO, which the program asks when a profile says so.
 */
const CODES: Readonly<Partial<Record<FailureReason, string>>> = {
  forbidden:
    'UnauthorizedOperation AccessDenied AccessDeniedException ForbiddenException OptInRequired Blocked PendingVerification',
  unauthenticated:
    'AuthFailure ExpiredToken ExpiredTokenException RequestExpired InvalidClientTokenId UnrecognizedClientException ' +
    'InvalidAccessKeyId SignatureDoesNotMatch IncompleteSignature MissingAuthenticationToken InvalidToken ' +
    'UnauthorizedException NoCredentials NoRegion',
  'not-found':
    'InvalidInstanceID InvalidInstanceID.NotFound InvalidInstanceID.Malformed InvalidSnapshot.NotFound ' +
    'InvalidAMIID.NotFound InvalidAMIID.Malformed InvalidAMIID.Unavailable',
  passing:
    'RequestLimitExceeded Throttling ThrottlingException RequestThrottled BandwidthLimitExceeded TooManyRequestsException ' +
    'Unavailable ServiceUnavailable InternalError InternalFailure RequestTimeout',
  // An instance that starts or stops is in the wrong state until it has; the others say that images of it are being made,
  // and to wait for those. One that was terminated is not found when it is asked for.
  busy:
    'IncorrectInstanceState ConcurrentCreateImageNoRebootLimitExceeded ConcurrentSnapshotLimitExceeded ' +
    'SnapshotCreationPerVolumeRateExceeded',
};
const REASONS = new Map(
  Object.entries(CODES).flatMap(([reason, codes]) =>
    codes.split(' ').map((code) => [code, reason as FailureReason]),
  ),
);

/** When no service has answered: botocore's words (its exceptions.py), in the order in which they are tried. */
const WORDS: readonly (readonly [RegExp, FailureReason])[] = [
  [/could not connect to the endpoint|connect(?:ion)? (?:was closed|timeout)|connection aborted/i, 'passing'],
  [/read timeout on endpoint|reading from response stream|failed to connect to proxy/i, 'passing'],
  [/an http client (?:failed to establish|raised an unhandled)/i, 'passing'],
  // A page of a proxy or balancer in the service's place: "Further retries may succeed".
  [/unable to parse response/i, 'passing'],
  [/unable to locate credentials|partial credentials|profile \(.*\) could not be found/i, 'unauthenticated'],
  [/must specify a region|retrieving (?:credentials|token)|\bsso\b|session has expired/i, 'unauthenticated'],
];

/** How much (characters) of the words is kept: a proxy may answer with a whole page. */
const LONGEST = 2_000;

/** `An error occurred (CODE) when calling the X operation (reached max retries: 4): words`, with or without its middle. */
const ERROR = /An error occurred \(([^()\s]+)\)(?: when calling the \S+ operation)?(?: \([^()]*\))?: (.*)/s;

/** The end of the words of a failure by which AWS says that it has no such image. */
export const NO_IMAGE = '(InvalidAMIID.NotFound)';

/**
 * What the `aws` program, of version 1 or 2, means by what it printed. The words end with AWS's code, `(AuthFailure)`.
 *
 * Version 1 ends with status 255 whatever happened; version 2 with 252 when it does not understand the command line, 253
 * when credentials or configuration are missing, 254 when the service answered with an error and 255 for the rest
 * (https://docs.aws.amazon.com/cli/latest/topic/return-codes.html). Any other status means that the program broke.
 */
export function awsFailure({status, stderr}: ProgramResult): ProviderFailure {
  const [, code = '', message = stderr.replace(/^\s*aws: \[ERROR\]: /, '')] = ERROR.exec(stderr) ?? [];
  const words = message.trim().slice(0, LONGEST) || `aws exited with status ${status}`;
  return new ProviderFailure(reasonOf(code, words, status), code === '' ? words : `${words} (${code})`);
}

function reasonOf(code: string, words: string, status: number): FailureReason {
  const known = REASONS.get(code);
  if (known !== undefined) return known;
  // A 5xx or 429 without an error document: its code is the status.
  if (/^(?:5\d\d|429)$/.test(code)) return 'passing';
  // CreateImage's words for an instance that has yet to start; other commands say IncorrectInstanceState.
  if (/instance is not in state 'running'/i.test(words)) return 'busy';
  if (code !== '') return 'refused';
  const byWords = WORDS.find(([pattern]) => pattern.test(words))?.[1];
  // Status 253 and 252 are of the command line; an unknown failure may have happened on the way back.
  return byWords ?? (status === 253 ? 'unauthenticated' : status === 252 ? 'refused' : 'unclear');
}
