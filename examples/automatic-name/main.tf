# A GPU for development. `terraform destroy` takes a disk snapshot called development-gpu-snapshot-{YYYYMMDD-HHMMSS} and logs it
# in snapshots/.

module "gpu_droplet" {
  source = "../../modules/gpu_droplet"

  name     = "development-gpu"
  region   = "nyc2"
  gpu_size = "gpu-4000adax1-20gb"

  create_snapshot_on_destroy = true
}

output "ipv4_address" {
  value = module.gpu_droplet.ipv4_address
}

output "snapshot_info" {
  value = module.gpu_droplet.snapshot_info
}
