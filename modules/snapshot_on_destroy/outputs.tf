locals {
  # For a shell, and only where it must be.
  directory        = trimsuffix(var.snapshot_directory, "/")
  quoted_directory = can(regex("^[\\w./-]+$", local.directory)) ? local.directory : "'${replace(local.directory, "'", "'\\''")}'"

  commands = {
    digitalocean = {
      list_snapshots  = "doctl compute snapshot list"
      delete_snapshot = "doctl compute snapshot delete <snapshot-id>"
    }
    aws = {
      list_snapshots = "aws ec2 describe-images --owners self"
      # Not deregister-image: that leaves the image's disks behind, which cost the most.
      delete_snapshot = "terraform tm machine delete <snapshot-id>"
    }
    command = {
      list_snapshots  = "terraform tm machine list"
      delete_snapshot = "terraform tm machine delete <snapshot-id>"
    }
  }
}

output "machine_id" {
  description = "The machine's id. Whatever takes it from here is destroyed before the disk snapshot is taken."
  value       = var.machine_id
  depends_on  = [terraform_data.snapshot]
}

output "snapshot_info" {
  description = "What is done when the machine is destroyed, and the commands that manage the disk snapshots."
  value = {
    config = {
      droplet_id         = var.machine_id
      droplet_name       = var.machine_name
      enabled            = var.create_snapshot_on_destroy
      snapshot_directory = var.snapshot_directory
      snapshot_name      = var.snapshot_name == "" ? "${var.machine_name}-snapshot-[timestamp]" : var.snapshot_name
    }
    commands = merge(lookup(local.commands, var.machine_provider, local.commands.command), {
      view_snapshot_logs = "ls -la ${local.quoted_directory}/"
    })
  }
}
