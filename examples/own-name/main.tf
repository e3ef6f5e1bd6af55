# Eight GPUs for a training run, whose image is named after the model it trained. DigitalOcean would take a second image of
# the same name; the log of the first is not overwritten.

variable "model_version" {
  description = "Names the image."
  type        = string
  default     = "llama-70b-trained-v1"
}

module "gpu_droplet" {
  source = "../../modules/gpu_droplet"

  name     = "model-training"
  region   = "nyc2"
  gpu_size = "gpu-h100x8-640gb"
  image    = "gpu-h100x8-base"

  create_snapshot_on_destroy = true
  snapshot_name              = var.model_version

  # Hundreds of gigabytes take their time.
  timeout_minutes = 90
}

output "ipv4_address" {
  value = module.gpu_droplet.ipv4_address
}

output "snapshot_info" {
  value = module.gpu_droplet.snapshot_info
}
