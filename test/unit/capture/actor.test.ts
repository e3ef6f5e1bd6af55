import {hostname, userInfo} from 'node:os';
import {expect, test} from 'vitest';
import {actorOf} from '../../../src/capture/actor.js';

const github = {
  CI: 'true',
  GITHUB_ACTIONS: 'true',
  GITHUB_ACTOR: 'ada',
  GITHUB_SERVER_URL: 'https://github.com',
  GITHUB_REPOSITORY: 'ada/engine',
  GITHUB_RUN_ID: '42',
};
const user = userInfo().username;

test.each([
  [
    'GitHub Actions',
    github,
    {user: 'ada', ci: 'GitHub Actions', run: 'https://github.com/ada/engine/actions/runs/42'},
  ],
  [
    'GitHub Actions without all parts of the address',
    {...github, GITHUB_RUN_ID: ''},
    {user: 'ada', ci: 'GitHub Actions'},
  ],
  [
    'GitLab CI',
    {
      GITLAB_CI: 'true',
      GITLAB_USER_LOGIN: 'ada',
      CI_JOB_URL: 'https://gl/job/1',
      CI_PIPELINE_URL: 'https://gl/p/1',
    },
    {user: 'ada', ci: 'GitLab CI', run: 'https://gl/job/1'},
  ],
  [
    'a GitLab CI that names only the pipeline',
    {GITLAB_CI: 'true', CI_PIPELINE_URL: 'https://gl/p/1'},
    {user, ci: 'GitLab CI', run: 'https://gl/p/1'},
  ],
  [
    'Jenkins, which names nobody without a plugin',
    {JENKINS_URL: 'https://j', BUILD_ID: '7', BUILD_URL: 'https://j/job/7/'},
    {user, ci: 'Jenkins', run: 'https://j/job/7/'},
  ],
  [
    'Jenkins with its plugin for users',
    {JENKINS_URL: 'https://j', BUILD_ID: '7', BUILD_USER_ID: 'ada'},
    {user: 'ada', ci: 'Jenkins'},
  ],
  ['half of what tells Jenkins', {BUILD_ID: '7', BUILD_URL: 'https://j/job/7/'}, {user}],
  [
    'Azure Pipelines',
    {
      TF_BUILD: 'True',
      BUILD_REQUESTEDFOR: 'Ada Lovelace',
      SYSTEM_COLLECTIONURI: 'https://dev.azure.com/ada/',
      SYSTEM_TEAMPROJECT: 'engine',
      BUILD_BUILDID: '9',
    },
    {
      user: 'Ada Lovelace',
      ci: 'Azure Pipelines',
      run: 'https://dev.azure.com/ada/engine/_build/results?buildId=9',
    },
  ],
  ['a CI told by the value of a variable', {CI: 'woodpecker'}, {user, ci: 'Woodpecker'}],
  ['another value of that variable', {CI: 'true'}, {user}],
  ['a CI told by one of several variables', {VERCEL: '1'}, {user, ci: 'Vercel'}],
  ['a CI told by a part of a value', {NODE: '/app/.heroku/node/bin/node'}, {user, ci: 'Heroku'}],
  ['a CI that is to be ignored', {...github, CI: 'false'}, {user}],
  ['no CI', {GITHUB_ACTOR: 'ada'}, {user}],
])('who did it under %s', (_, env, expected) => {
  expect(actorOf(env)).toEqual({host: hostname(), ...expected});
});
