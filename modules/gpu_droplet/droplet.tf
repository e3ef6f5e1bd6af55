resource "digitalocean_droplet" "gpu" {
  name     = var.name
  region   = var.region
  size     = var.gpu_size
  image    = module.restore_from.image
  ssh_keys = var.ssh_keys

  lifecycle {
    # What a machine boots from is decided when it is created. Without this, last night's disk snapshot, or leaving
    # restore_from out the day after, would make terraform destroy the running machine for another one.
    ignore_changes = [image]
  }
}

# All that the rest of the module needs of it.
locals {
  droplet = {
    id                   = digitalocean_droplet.gpu.id
    name                 = digitalocean_droplet.gpu.name
    image                = digitalocean_droplet.gpu.image
    ipv4_address         = digitalocean_droplet.gpu.ipv4_address
    ipv4_address_private = digitalocean_droplet.gpu.ipv4_address_private
  }
}
