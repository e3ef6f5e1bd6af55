# Destroyed every evening, back every morning: `terraform destroy`, and the next day
# `terraform apply -var restore_from=latest`. The first start of all goes without the variable.

variable "restore_from" {
  description = "Empty, \"latest\" or the id of a disk snapshot."
  type        = string
  default     = ""
}

variable "ssh_keys" {
  description = "Ids or fingerprints of the keys that may log in."
  type        = list(string)
  default     = []
}

module "gpu_droplet" {
  source = "../../modules/gpu_droplet"

  name     = "workstation"
  region   = "nyc2"
  gpu_size = "gpu-h100x1-80gb"
  ssh_keys = var.ssh_keys

  restore_from               = var.restore_from
  create_snapshot_on_destroy = true
}

output "booted_from" {
  value = module.gpu_droplet.image
}

output "ipv4_address" {
  value = module.gpu_droplet.ipv4_address
}

output "snapshot_info" {
  value = module.gpu_droplet.snapshot_info
}
