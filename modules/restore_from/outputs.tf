output "image" {
  description = "What to boot from."
  value       = lookup(local.booted_from, var.restore_from, var.restore_from)

  precondition {
    condition     = var.restore_from != "latest" || local.snapshot != null
    error_message = "There is no image of ${var.machine_name} to restore: no log in ${var.snapshot_directory}/ is of a ${var.machine_provider} machine of this name in the workspace ${terraform.workspace}. For the machine's first start set restore_from = \"\"."
  }
}

output "snapshot" {
  description = "The log of that disk snapshot; null where there is none."
  value       = local.snapshot
}
