module "restore_from" {
  source = "../restore_from"

  restore_from       = var.restore_from
  image              = var.image
  machine_name       = var.name
  snapshot_directory = var.snapshot_directory
}

module "snapshot_on_destroy" {
  source = "../snapshot_on_destroy"

  machine_id                 = local.droplet.id
  machine_name               = local.droplet.name
  create_snapshot_on_destroy = var.create_snapshot_on_destroy
  snapshot_name              = var.snapshot_name
  snapshot_directory         = var.snapshot_directory
  timeout_minutes            = var.timeout_minutes
  on_failure                 = var.on_failure
}
