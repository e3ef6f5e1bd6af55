# What uses one of these is destroyed before the disk snapshot is taken: a service is stopped, a record points nowhere, and only
# then the disk is copied. Hence depends_on in each of them.

output "id" {
  description = "The droplet's id."
  value       = local.droplet.id
  depends_on  = [module.snapshot_on_destroy]
}

output "name" {
  description = "The droplet's name."
  value       = local.droplet.name
  depends_on  = [module.snapshot_on_destroy]
}

output "image" {
  description = "What the droplet booted from."
  value       = local.droplet.image
  depends_on  = [module.snapshot_on_destroy]
}

output "ipv4_address" {
  description = "The droplet's public address."
  value       = local.droplet.ipv4_address
  depends_on  = [module.snapshot_on_destroy]
}

output "ipv4_address_private" {
  description = "The droplet's address in its private network."
  value       = local.droplet.ipv4_address_private
  depends_on  = [module.snapshot_on_destroy]
}

output "snapshot_info" {
  description = "What is done when the droplet is destroyed, and the commands that manage the disk snapshots."
  value       = module.snapshot_on_destroy.snapshot_info
}
