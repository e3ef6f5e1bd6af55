# `nullable = false` everywhere: a caller that hands on an unset variable (null) gets the default.

variable "name" {
  description = "The droplet's name. \"latest\" knows its disk snapshots by it."
  type        = string
  nullable    = false
}

variable "region" {
  description = "The region's slug: nyc2, tor1, …"
  type        = string
  nullable    = false
}

variable "gpu_size" {
  description = "The size's slug: gpu-h100x1-80gb, gpu-4000adax1-20gb, …"
  type        = string
  nullable    = false
}

variable "image" {
  description = "What the droplet boots from when nothing is restored. The default is DigitalOcean's image for one NVIDIA GPU; eight of them need gpu-h100x8-base, AMD's need gpu-amd-base."
  type        = string
  default     = "gpu-h100x1-base"
  nullable    = false
}

variable "ssh_keys" {
  description = "Ids or fingerprints of the SSH keys that may log in. Changing them replaces the droplet."
  type        = list(string)
  default     = []
  nullable    = false
}

variable "restore_from" {
  description = "What a new droplet boots from: empty for `image`, \"latest\" for the newest disk snapshot of this droplet, or the id of a disk snapshot. A running droplet is never touched by it."
  type        = string
  default     = ""
  nullable    = false
}

variable "create_snapshot_on_destroy" {
  description = "Whether to take a disk snapshot before the droplet is destroyed. Counts from the apply that sets it."
  type        = bool
  default     = false
  nullable    = false
}

variable "snapshot_name" {
  description = "The disk snapshot's name; empty for {name}-snapshot-{YYYYMMDD-HHMMSS}, in UTC."
  type        = string
  default     = ""
  nullable    = false

  validation {
    condition     = !can(regex("[[:cntrl:]]", var.snapshot_name)) && length(var.snapshot_name) <= 255
    error_message = "snapshot_name must not have more than 255 characters, and no control characters."
  }
}

variable "snapshot_directory" {
  description = "Where the log of each disk snapshot is written and looked for, relative to the root module."
  type        = string
  default     = "snapshots"
  nullable    = false

  validation {
    condition     = var.snapshot_directory != ""
    error_message = "snapshot_directory must not be empty."
  }
}

variable "timeout_minutes" {
  description = "How long to wait for the disk snapshot; fractions are allowed."
  type        = number
  default     = 30
  nullable    = false
}

variable "on_failure" {
  description = "What to do when there is no disk snapshot: stop (the droplet is not destroyed) or continue."
  type        = string
  default     = "stop"
  nullable    = false
}
