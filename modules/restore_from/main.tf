locals {
  # Only the folder itself: logs below it (deleted/, .pending/) are of disk snapshots that were deleted or are not complete yet.
  files = try(fileset(var.snapshot_directory, "*.json"), [])

  # What cannot be read as a log of a disk snapshot is not one.
  entries = [for name in local.files : try(jsondecode(file("${var.snapshot_directory}/${name}")), null)]

  logs = [
    for entry in local.entries : entry
    if try(
      entry.cloudtm == "machine-image"
      && entry.provider == var.machine_provider
      && length(tostring(entry.image.id)) > 0
      && (var.restore_from == "latest" ? entry.machine.name == var.machine_name && entry.workspace == terraform.workspace : tostring(entry.image.id) == var.restore_from)
      # Of one form, so that the order of the text is the order in time.
      && can(regex("^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(\\.\\d+)?Z$", entry.completed)),
      false
    )
  ]

  newest   = try(reverse(sort(local.logs[*].completed))[0], "")
  snapshot = try([for log in local.logs : log if log.completed == local.newest][0], null)

  booted_from = {
    ""       = var.image
    "latest" = try(tostring(local.snapshot.image.id), "")
  }
}
