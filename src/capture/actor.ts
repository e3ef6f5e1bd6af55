import {hostname, userInfo} from 'node:os';
import vendors from 'ci-info/vendors.json' with {type: 'json'};
import type {Actor} from '../store/version.js';

type Environment = Readonly<NodeJS.ProcessEnv>;

/**
 * Who runs this command: the person a CI names and the address of its run, or the user of the operating system.
 *
 * A CI is recognized by the table of ci-info, read here for the environment that is handed in: ci-info itself looks at the
 * process's own, once. As with ci-info, `CI=false` says that there is none, and of several matches the last one counts.
 */
export function actorOf(env: Environment): Actor {
  const host = hostname();
  const vendor = env.CI === 'false' ? undefined : vendors.findLast(({env: marks}) => isMarked(env, marks));
  if (vendor === undefined) return {user: userName(env), host};
  const given = VARIABLES[vendor.constant];
  const run = firstGiven(given?.run ?? '', env);
  const user = firstGiven(given?.user ?? '', env) ?? userName(env);
  return {user, host, ci: vendor.name, ...(run !== undefined && {run})};
}

/**
 * By ci-info's constant: the variables in which a CI names who started a run, and how its address is put together. Of
 * several words the first one counts whose variables are all set. From each vendor's list of predefined variables.
 */
const VARIABLES: Readonly<Record<string, {readonly user?: string; readonly run?: string}>> = {
  APPVEYOR: {
    user: '$APPVEYOR_REPO_COMMIT_AUTHOR',
    run: '$APPVEYOR_URL/project/$APPVEYOR_ACCOUNT_NAME/$APPVEYOR_PROJECT_SLUG/builds/$APPVEYOR_BUILD_ID',
  },
  AZURE_PIPELINES: {
    user: '$BUILD_REQUESTEDFOR',
    // The first one ends with a slash.
    run: '$SYSTEM_COLLECTIONURI$SYSTEM_TEAMPROJECT/_build/results?buildId=$BUILD_BUILDID',
  },
  BAMBOO: {user: '$bamboo_ManualBuildTriggerReason_userName', run: '$bamboo_buildResultsUrl'},
  BITBUCKET: {
    run: 'https://bitbucket.org/$BITBUCKET_REPO_FULL_NAME/pipelines/results/$BITBUCKET_BUILD_NUMBER',
  },
  BUILDKITE: {user: '$BUILDKITE_BUILD_CREATOR', run: '$BUILDKITE_BUILD_URL'},
  CIRCLE: {user: '$CIRCLE_USERNAME', run: '$CIRCLE_BUILD_URL'},
  CODEBUILD: {user: '$CODEBUILD_INITIATOR', run: '$CODEBUILD_PUBLIC_BUILD_URL'},
  DRONE: {user: '$DRONE_BUILD_TRIGGER', run: '$DRONE_BUILD_LINK'},
  GITHUB_ACTIONS: {
    user: '$GITHUB_ACTOR',
    run: '$GITHUB_SERVER_URL/$GITHUB_REPOSITORY/actions/runs/$GITHUB_RUN_ID',
  },
  GITLAB: {user: '$GITLAB_USER_LOGIN', run: '$CI_JOB_URL $CI_PIPELINE_URL'},
  // The users are those of the plugin "build user vars".
  JENKINS: {user: '$BUILD_USER_ID $BUILD_USER', run: '$BUILD_URL'},
  TEAMCITY: {run: '$BUILD_URL'},
  TRAVIS: {run: '$TRAVIS_JOB_WEB_URL $TRAVIS_BUILD_WEB_URL'},
  WOODPECKER: {user: '$CI_PIPELINE_AUTHOR $CI_COMMIT_AUTHOR', run: '$CI_PIPELINE_URL'},
};

function firstGiven(templates: string, env: Environment): string | undefined {
  return templates
    .split(' ')
    .find((template) => isMarked(env, template.match(/(?<=\$)\w+/g) ?? ''))
    ?.replace(/\$(\w+)/g, (_, name: string) => env[name] ?? '');
}

/** How ci-info's table tells a CI: variables that must be set, contain a text, be one of several, or have a certain value. */
type Marks = string | string[] | Partial<Record<string, string | string[]>>;

function isMarked(env: Environment, marks: Marks): boolean {
  const isGiven = (name: string) => (env[name] ?? '') !== '';
  if (typeof marks === 'string') return isGiven(marks);
  if (Array.isArray(marks)) return marks.every(isGiven);
  const {any, includes, env: name} = marks;
  if (Array.isArray(any)) return any.some(isGiven);
  if (typeof name === 'string' && typeof includes === 'string') return env[name]?.includes(includes) === true;
  return Object.entries(marks).every(([each, value]) => env[each] === value);
}

function userName(env: Environment): string {
  try {
    return userInfo().username;
  } catch {
    return env.USER ?? env.LOGNAME ?? ''; // A number without a name, as in many containers.
  }
}
