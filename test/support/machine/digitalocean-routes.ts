import type {Cloud, Droplet} from './digitalocean-cloud.js';
import {ACCOUNT, actionShape, dropletShape, imageShape, snapshotShape} from './digitalocean-shapes.js';

/** A request, as far as it matters. */
export interface Asked {
  readonly method: string;
  readonly url: URL;
  /** Parsed JSON; undefined where there is none. */
  readonly body: unknown;
}

export interface Answer {
  readonly status: number;
  /** Undefined: no content. */
  readonly content?: object;
}

/** The words DigitalOcean has for what went wrong. */
const ERRORS: Readonly<Record<number, {id: string; message: string}>> = {
  400: {id: 'bad_request', message: 'The request could not be understood.'},
  401: {id: 'unauthorized', message: 'Unable to authenticate you'},
  403: {id: 'forbidden', message: 'You are not authorized to perform this operation'},
  404: {id: 'not_found', message: 'The resource you were accessing could not be found.'},
  422: {id: 'unprocessable_entity', message: 'The request could not be processed.'},
  429: {id: 'too_many_requests', message: 'API Rate limit exceeded.'},
  503: {id: 'service_unavailable', message: 'Service Unavailable'},
};

/** An error as the API tells it. */
export function problem(status: number, message?: string, id?: string): Answer {
  const known = ERRORS[status] ?? {id: 'server_error', message: 'Server Error'};
  return {status, content: {id: id ?? known.id, message: message ?? known.message}};
}

/** Do what a request asks for. */
export function answerTo(cloud: Cloud, asked: Asked): Answer {
  const {method, url} = asked;
  const [, version, kind, id, part, partId] = url.pathname.split('/');
  if (version !== 'v2') return problem(404);
  switch (`${method} ${kind ?? ''}`) {
    case 'GET account':
      return {status: 200, content: {account: ACCOUNT}};
    case 'GET actions':
      return id === undefined
        ? page(asked, 'actions', cloud.actions.toReversed(), (action) => actionShape(cloud.poll(action)))
        : actionById(cloud, id);
    case 'GET snapshots':
      return id === undefined ? snapshots(cloud, asked) : snapshotById(cloud, id);
    case 'DELETE snapshots':
      if (!cloud.snapshots.some((snapshot) => snapshot.id === id)) return problem(404);
      cloud.removeSnapshot(id ?? '');
      return {status: 204};
    case 'GET droplets':
    case 'POST droplets':
    case 'DELETE droplets': {
      if (id === undefined) return method === 'POST' ? create(cloud, asked) : droplets(cloud, asked);
      const droplet = cloud.droplets.find((each) => String(each.id) === id);
      return droplet ? answerForDroplet(cloud, droplet, asked, part, partId) : problem(404);
    }
    default:
      return problem(404);
  }
}

function answerForDroplet(
  cloud: Cloud,
  droplet: Droplet,
  asked: Asked,
  part: string | undefined,
  partId: string | undefined,
): Answer {
  const actions = cloud.actions.filter((action) => action.dropletId === droplet.id);
  switch (`${asked.method} ${part ?? ''}`) {
    case 'GET ':
      return {status: 200, content: {droplet: shapeOf(cloud, droplet)}};
    case 'DELETE ':
      cloud.removeDroplet(droplet.id);
      return {status: 204};
    case 'GET snapshots':
      return page(asked, 'snapshots', snapshotsOf(cloud, droplet), imageShape);
    case 'GET actions':
      return partId === undefined
        ? page(asked, 'actions', actions.toReversed(), (action) => actionShape(cloud.poll(action)))
        : actionById(cloud, partId);
    case 'POST actions':
      return act(cloud, droplet, asked.body);
    default:
      return problem(404);
  }
}

/** Begin an action: DigitalOcean does one thing to a droplet at a time. */
function act(cloud: Cloud, droplet: Droplet, body: unknown): Answer {
  const {type, name} = (body ?? {}) as {type?: unknown; name?: unknown};
  if (typeof type !== 'string') return problem(422, 'You specified an invalid action type.');
  if (typeof name === 'string' && /\p{Cc}/u.test(name))
    return problem(422, 'Name contains invalid characters');
  if (isBusy(cloud, droplet)) return problem(422, 'Droplet already has a pending event.');
  const action = cloud.begin(droplet.id, type, typeof name === 'string' ? name : undefined);
  return {status: 201, content: {action: actionShape(action)}};
}

function create(cloud: Cloud, {body}: Asked): Answer {
  const given = body as {name: string; region?: string; size: string; image: unknown; tags?: string[] | null};
  const droplet = cloud.addDroplet({
    name: given.name,
    ...(given.region !== undefined && given.region !== '' && {region: given.region}),
    size: given.size,
    image: String(given.image),
    tags: given.tags ?? [],
  });
  return {status: 202, content: {droplet: {...shapeOf(cloud, droplet), status: 'new'}, links: {}}};
}

function droplets(cloud: Cloud, asked: Asked): Answer {
  const name = asked.url.searchParams.get('name');
  const named = cloud.droplets.filter((droplet) => name === null || droplet.name === name);
  return page(asked, 'droplets', named, (droplet) => shapeOf(cloud, droplet));
}

function snapshots(cloud: Cloud, asked: Asked): Answer {
  const type = asked.url.searchParams.get('resource_type');
  const all = cloud.snapshots.filter((snapshot) => type === null || snapshot.resourceType === type);
  return page(asked, 'snapshots', all, snapshotShape);
}

function snapshotById(cloud: Cloud, id: string): Answer {
  const snapshot = cloud.snapshots.find((each) => each.id === id);
  return snapshot ? {status: 200, content: {snapshot: snapshotShape(snapshot)}} : problem(404);
}

function actionById(cloud: Cloud, id: string): Answer {
  const action = cloud.actions.find((each) => String(each.id) === id);
  return action ? {status: 200, content: {action: actionShape(cloud.poll(action))}} : problem(404);
}

function shapeOf(cloud: Cloud, droplet: Droplet): object {
  return dropletShape(droplet, snapshotsOf(cloud, droplet), isBusy(cloud, droplet));
}

function snapshotsOf(cloud: Cloud, droplet: Droplet): Cloud['snapshots'] {
  return cloud.snapshots.filter(
    ({resourceType, resourceId}) => resourceType === 'droplet' && resourceId === String(droplet.id),
  );
}

function isBusy(cloud: Cloud, droplet: Droplet): boolean {
  return cloud.actions.some(({dropletId, status}) => dropletId === droplet.id && status === 'in-progress');
}

/** One page of a list: 20 things unless the request says how many, 200 at most, with links to the other pages. */
function page<T>({url}: Asked, key: string, all: readonly T[], shape: (each: T) => object): Answer {
  const size = Math.min(Number(url.searchParams.get('per_page') ?? 20), 200);
  const current = Number(url.searchParams.get('page') ?? 1);
  const last = Math.max(1, Math.ceil(all.length / size));
  const link = (number: number): string => {
    const other = new URL(url);
    other.searchParams.set('page', String(number));
    return other.href;
  };
  const pages = {
    ...(current > 1 && {first: link(1), prev: link(current - 1)}),
    ...(current < last && {next: link(current + 1), last: link(last)}),
  };
  return {
    status: 200,
    content: {
      [key]: all.slice((current - 1) * size, current * size).map(shape),
      links: last > 1 ? {pages} : {},
      meta: {total: all.length},
    },
  };
}
