# A machine that a pipeline starts and destroys; the README has the workflow.
# The state must outlive the runner: fill in a bucket of your own.

terraform {
  backend "s3" {
    bucket = "example-terraform-state"
    key    = "ci-gpu/terraform.tfstate"
    region = "us-east-1"
  }
}

variable "restore_from" {
  description = "Empty, \"latest\" or the id of a disk snapshot."
  type        = string
  default     = ""
}

module "gpu_droplet" {
  source = "../../modules/gpu_droplet"

  name     = "ci-gpu"
  region   = "nyc2"
  gpu_size = "gpu-4000adax1-20gb"

  restore_from               = var.restore_from
  create_snapshot_on_destroy = true
}

output "ipv4_address" {
  value = module.gpu_droplet.ipv4_address
}

output "snapshot_info" {
  value = module.gpu_droplet.snapshot_info
}
