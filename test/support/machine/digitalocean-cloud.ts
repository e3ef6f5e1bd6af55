/** A droplet as the mock keeps it. */
export interface Droplet {
  readonly id: number;
  readonly name: string;
  /** Slugs: `tor1`, `gpu-h100x1-80gb`. */
  readonly region: string;
  readonly size: string;
  /** GB. */
  readonly disk: number;
  /** MB. */
  readonly memory: number;
  readonly vcpus: number;
  /** The slug of what it was made from. */
  readonly image: string;
  readonly tags: readonly string[];
  readonly createdAt: string;
  status: 'active' | 'off';
}

/** A snapshot, of a droplet's disk or of a volume. */
export interface Snapshot {
  /** Digits for a droplet's, a UUID for a volume's. */
  readonly id: string;
  readonly name: string;
  readonly resourceType: 'droplet' | 'volume';
  readonly resourceId: string;
  readonly regions: readonly string[];
  readonly minDiskSize: number;
  readonly sizeGigabytes: number;
  readonly createdAt: string;
}

/** Something that is done to a droplet. */
export interface Action {
  readonly id: number;
  /** `snapshot`, `power_off`, … */
  readonly type: string;
  readonly dropletId: number;
  readonly region: string;
  /** For `snapshot`: the name its image gets; the API never shows it. */
  readonly imageName: string | undefined;
  readonly startedAt: string;
  status: 'in-progress' | 'completed' | 'errored';
  completedAt: string | undefined;
}

/**
 * How actions go: shown as in progress `polls` times, then ended as `ends`. The answer to the POST that begins one is not
 * counted. `{polls: Infinity}`: only `finish` and `fail` end it.
 */
export interface Course {
  readonly polls: number;
  readonly ends?: 'completed' | 'errored';
}

/** What DigitalOcean has of one account, and what becomes of it. */
export interface Cloud {
  readonly droplets: readonly Droplet[];
  /** Oldest first. */
  readonly snapshots: readonly Snapshot[];
  /** Oldest first. */
  readonly actions: readonly Action[];
  addDroplet(droplet?: Partial<Droplet>): Droplet;
  /** A snapshot that was there before. */
  addSnapshot(snapshot?: Partial<Snapshot>): Snapshot;
  /** How actions go that begin from now on. */
  course: Course;
  /** Begin an action, whoever asked for it. Throws when there is no such droplet. */
  begin(dropletId: number, type: string, imageName?: string): Action;
  /** Somebody asked for an action. @returns What they are shown. */
  poll(action: Action): Action;
  /** Complete an action: now its snapshot is there. Throws when there is none in progress with this id. */
  finish(actionId: number): void;
  /** End an action as `errored`; nothing comes of it. */
  fail(actionId: number): void;
  removeDroplet(id: number): void;
  removeSnapshot(id: string): void;
}

/** An empty account. Its ids count up from fixed numbers. @param clock For all times, which are whole seconds. */
export function createCloud(clock: () => Date): Cloud {
  const droplets: Droplet[] = [];
  const snapshots: Snapshot[] = [];
  const actions: Action[] = [];
  const coming = new Map<Action, {polls: number; ends: 'completed' | 'errored'}>();
  const ids = {droplet: 386_734_000, snapshot: 119_192_000, action: 1_978_716_000};
  const now = (): string =>
    clock()
      .toISOString()
      .replace(/\.\d+Z$/, 'Z');

  const addSnapshot = (given: Partial<Snapshot> = {}): Snapshot => {
    const snapshot: Snapshot = {
      id: String(++ids.snapshot),
      name: `snapshot-${ids.snapshot}`,
      resourceType: 'droplet',
      resourceId: String(droplets[0]?.id ?? 0),
      regions: ['tor1'],
      minDiskSize: 25,
      sizeGigabytes: 2.5,
      createdAt: now(),
      ...given,
    };
    snapshots.push(snapshot);
    return snapshot;
  };

  const end = (action: Action, how: 'completed' | 'errored'): void => {
    coming.delete(action);
    action.status = how;
    action.completedAt = now();
    const droplet = droplets.find(({id}) => id === action.dropletId);
    if (how === 'errored' || !droplet) return;
    if (action.type === 'snapshot') {
      addSnapshot({
        ...(action.imageName !== undefined && {name: action.imageName}),
        resourceId: String(droplet.id),
        regions: [droplet.region],
        minDiskSize: droplet.disk,
        // When the action began: by this DigitalOcean's own provider for terraform finds what an action made.
        createdAt: action.startedAt,
      });
    }
    if (action.type === 'power_off' || action.type === 'shutdown') droplet.status = 'off';
    if (action.type === 'power_on') droplet.status = 'active';
  };

  const endById = (id: number, how: 'completed' | 'errored'): void => {
    const action = actions.find((each) => each.id === id && each.status === 'in-progress');
    if (!action) throw new Error(`there is no action ${id} in progress`);
    end(action, how);
  };

  const remove = (list: {id: unknown}[], id: unknown): void => {
    const place = list.findIndex((each) => each.id === id);
    if (place >= 0) list.splice(place, 1);
  };

  const cloud: Cloud = {
    droplets,
    snapshots,
    actions,
    addSnapshot,
    addDroplet: (given = {}) => {
      const droplet: Droplet = {
        id: ++ids.droplet,
        name: `droplet-${ids.droplet}`,
        region: 'tor1',
        size: 's-1vcpu-1gb',
        disk: 25,
        memory: 1024,
        vcpus: 1,
        image: 'ubuntu-24-04-x64',
        tags: [],
        createdAt: now(),
        status: 'active',
        ...given,
      };
      droplets.push(droplet);
      return droplet;
    },
    course: {polls: 0},
    begin: (dropletId, type, imageName) => {
      const droplet = droplets.find(({id}) => id === dropletId);
      if (!droplet) throw new Error(`there is no droplet ${dropletId}`);
      const action: Action = {
        id: ++ids.action,
        type,
        dropletId,
        region: droplet.region,
        imageName,
        startedAt: now(),
        status: 'in-progress',
        completedAt: undefined,
      };
      actions.push(action);
      coming.set(action, {ends: 'completed', ...cloud.course});
      return action;
    },
    poll: (action) => {
      const course = coming.get(action);
      if (course && course.polls-- <= 0) end(action, course.ends);
      return action;
    },
    finish: (id) => {
      endById(id, 'completed');
    },
    fail: (id) => {
      endById(id, 'errored');
    },
    removeDroplet: (id) => {
      remove(droplets, id);
    },
    removeSnapshot: (id) => {
      remove(snapshots, id);
    },
  };
  return cloud;
}
