# Images only where they are worth their price: of everything in production, and of machines that cost much to set up.
# Apply after changing a condition: a destroy goes by what was applied last.

variable "environment" {
  description = "production, or anything else."
  type        = string
  default     = "development"
}

variable "gpu_size" {
  description = "The size's slug."
  type        = string
  default     = "gpu-4000adax1-20gb"
}

variable "model_version" {
  description = "Names the disk snapshots of production."
  type        = string
  default     = "v1"
}

locals {
  is_production = var.environment == "production"
  is_expensive  = contains(["gpu-h100x8-640gb", "gpu-mi300x8-1536gb"], var.gpu_size)

  images = {
    gpu-h100x8-640gb   = "gpu-h100x8-base"
    gpu-mi300x8-1536gb = "gpu-amd-base"
  }
}

module "gpu_droplet" {
  source = "../../modules/gpu_droplet"

  name     = "inference-${var.environment}"
  region   = "nyc2"
  gpu_size = var.gpu_size
  image    = lookup(local.images, var.gpu_size, "gpu-h100x1-base")

  create_snapshot_on_destroy = local.is_production || local.is_expensive
  snapshot_name              = local.is_production ? "prod-${var.model_version}" : ""

  # Without a disk snapshot production is kept; anything else may go.
  on_failure = local.is_production ? "stop" : "continue"
}

output "ipv4_address" {
  value = module.gpu_droplet.ipv4_address
}

output "snapshot_info" {
  value = module.gpu_droplet.snapshot_info
}
