import type {Action, Droplet, Snapshot} from './digitalocean-cloud.js';

/**
 * What DigitalOcean's API shows of the things in `digitalocean-cloud.ts`.
 *
 * @see https://docs.digitalocean.com/reference/api/digitalocean/
 */
export const ACCOUNT = {
  droplet_limit: 25,
  floating_ip_limit: 5,
  reserved_ip_limit: 5,
  volume_limit: 100,
  email: 'someone@example.com',
  name: 'Someone',
  uuid: 'b6fr89dbf6d9156cace5f3c78dc9851d957381ef',
  email_verified: true,
  status: 'active',
  status_message: '',
  team: {uuid: '5df3e3004a17e242b7c20ca6c9fc25b701a47ece', name: 'My Team'},
};

/** @param snapshots Of this droplet. @param isLocked While something is done to it. */
export function dropletShape(droplet: Droplet, snapshots: readonly Snapshot[], isLocked: boolean): object {
  const {id, name, memory, vcpus, disk, tags, status} = droplet;
  return {
    id,
    name,
    memory,
    vcpus,
    disk,
    locked: isLocked,
    status,
    kernel: null,
    created_at: droplet.createdAt,
    features: ['droplet_agent', 'private_networking'],
    backup_ids: [],
    next_backup_window: null,
    snapshot_ids: snapshots.map((snapshot) => Number(snapshot.id)),
    image: {
      id: 63_663_980,
      name: '24.04 (LTS) x64',
      distribution: 'Ubuntu',
      slug: droplet.image,
      public: true,
      regions: [droplet.region],
      created_at: '2026-01-15T15:00:00Z',
      min_disk_size: 7,
      type: 'base',
      size_gigabytes: 2.36,
      description: '',
      tags: [],
      status: 'available',
    },
    volume_ids: [],
    size: {
      slug: droplet.size,
      memory,
      vcpus,
      disk,
      transfer: 1,
      price_monthly: 6,
      price_hourly: 0.00893,
      regions: [droplet.region],
      available: true,
      description: 'Basic',
    },
    size_slug: droplet.size,
    networks: {
      v4: [
        {ip_address: '10.0.0.2', netmask: '255.255.0.0', gateway: '10.0.0.1', type: 'private'},
        {ip_address: '203.0.113.2', netmask: '255.255.255.0', gateway: '203.0.113.1', type: 'public'},
      ],
      v6: [],
    },
    region: regionShape(droplet.region),
    tags,
    vpc_uuid: '760e09ef-dc84-11e8-981e-3cfdfeaae000',
  };
}

/** As `/v2/snapshots` shows it: all ids are strings. */
export function snapshotShape(snapshot: Snapshot): object {
  return {
    id: snapshot.id,
    name: snapshot.name,
    regions: snapshot.regions,
    created_at: snapshot.createdAt,
    resource_id: snapshot.resourceId,
    resource_type: snapshot.resourceType,
    min_disk_size: snapshot.minDiskSize,
    size_gigabytes: snapshot.sizeGigabytes,
    tags: [],
  };
}

/** As a droplet's own list shows it: the id is a number, and the droplet is not named. */
export function imageShape(snapshot: Snapshot): object {
  return {
    id: Number(snapshot.id),
    name: snapshot.name,
    distribution: 'Ubuntu',
    slug: null,
    public: false,
    regions: snapshot.regions,
    created_at: snapshot.createdAt,
    min_disk_size: snapshot.minDiskSize,
    type: 'snapshot',
    size_gigabytes: snapshot.sizeGigabytes,
  };
}

export function actionShape(action: Action): object {
  return {
    id: action.id,
    status: action.status,
    type: action.type,
    started_at: action.startedAt,
    completed_at: action.completedAt ?? null,
    resource_id: action.dropletId,
    resource_type: 'droplet',
    region: regionShape(action.region),
    region_slug: action.region,
  };
}

function regionShape(slug: string): object {
  return {
    name: slug.toUpperCase(),
    slug,
    sizes: ['s-1vcpu-1gb', 'gpu-h100x1-80gb'],
    features: ['backups', 'ipv6', 'metadata'],
    available: true,
  };
}
