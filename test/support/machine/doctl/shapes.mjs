// What doctl shows of the API's objects: it knows these fields and drops all others.

export const ACTION =
  'id! status! type! started_at! completed_at! resource_id! resource_type! region region_slug';
export const SNAPSHOT =
  'id name resource_id resource_type regions min_disk_size size_gigabytes created_at tags';
export const IMAGE =
  'id name type distribution slug public regions min_disk_size size_gigabytes created_at description tags status error_message';
export const DROPLET =
  'id name memory vcpus disk region image size size_slug backup_ids next_backup_window snapshot_ids features locked status ' +
  'networks created_at kernel tags volume_ids! vpc_uuid gpu_partition_mode';
export const ACCOUNT =
  'droplet_limit floating_ip_limit reserved_ip_limit volume_limit email name uuid email_verified status status_message team';
/** Of objects within the others. */
const SHAPES = {
  region: 'slug name sizes available features',
  image: IMAGE,
  size: 'slug memory vcpus disk price_monthly price_hourly regions available transfer description gpu_info disk_info',
  networks: 'v4 v6',
  team: 'name uuid',
};

/** The part of a value that doctl shows: these fields in this order. What is empty is left out, but for a field with a `!`. */
export function shape(fields, value) {
  const found = fields.split(' ').flatMap((field) => {
    const name = field.replace('!', '');
    const content = SHAPES[name] && value[name] ? shape(SHAPES[name], value[name]) : value[name];
    return field.endsWith('!') || !isEmpty(content) ? [[name, content ?? null]] : [];
  });
  return Object.fromEntries(found);
}

function isEmpty(value) {
  return (
    value === undefined ||
    value === null ||
    value === '' ||
    value === 0 ||
    value === false ||
    value.length === 0
  );
}
