# It exists whether disk snapshots are wanted or not: with `count`, switching them off would destroy it, and so take one.
resource "terraform_data" "snapshot" {
  # Another machine replaces it, and what is destroyed still knows the old machine. Everything else changes in place.
  triggers_replace = var.machine_id

  # A destroy-time provisioner sees nothing but `self`. cloudtm finds machines in a state by machine_id and
  # machine_provider.
  input = {
    machine_id         = var.machine_id
    machine_name       = var.machine_name
    machine_provider   = var.machine_provider
    snapshot_name      = var.snapshot_name
    snapshot_directory = var.snapshot_directory
    timeout_minutes    = var.timeout_minutes
    on_failure         = var.on_failure
    workspace          = terraform.workspace
    reboot             = var.reboot
    enabled            = var.create_snapshot_on_destroy
  }

  lifecycle {
    precondition {
      condition     = !(var.reboot && var.machine_provider == "digitalocean")
      error_message = "DigitalOcean takes images of running machines and restarts none: leave reboot out."
    }
  }

  # Fails, and terraform stops before the machine, when there is no disk snapshot and on_failure is stop, or when the terraform
  # on PATH is not cloudtm's: then `tm` is no command.
  provisioner "local-exec" {
    when = destroy

    # Both halves mean the same to sh and to cmd. No value is part of a command line, so none needs quoting.
    command = self.input.enabled ? "terraform tm machine snapshot" : "exit 0"

    environment = {
      CLOUDTM_MACHINE_ID                 = self.input.machine_id
      CLOUDTM_MACHINE_NAME               = self.input.machine_name
      CLOUDTM_MACHINE_PROVIDER           = self.input.machine_provider
      CLOUDTM_MACHINE_SNAPSHOT_NAME      = self.input.snapshot_name
      CLOUDTM_MACHINE_SNAPSHOT_DIRECTORY = self.input.snapshot_directory
      CLOUDTM_MACHINE_TIMEOUT_MINUTES    = self.input.timeout_minutes
      CLOUDTM_MACHINE_ON_FAILURE         = self.input.on_failure
      CLOUDTM_MACHINE_WORKSPACE          = self.input.workspace
      CLOUDTM_MACHINE_REBOOT             = self.input.reboot
    }
  }
}
