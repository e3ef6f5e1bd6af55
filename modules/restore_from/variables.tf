variable "restore_from" {
  description = "What a new machine boots from: empty for `image`, \"latest\" for the newest disk snapshot of this machine, or the id of a disk snapshot."
  type        = string
  default     = ""
  nullable    = false
}

variable "image" {
  description = "What the machine boots from when nothing is restored."
  type        = string
  nullable    = false
}

variable "machine_name" {
  description = "The machine whose disk snapshots count for \"latest\"."
  type        = string
  nullable    = false
}

variable "machine_provider" {
  description = "Who runs the machine, as in snapshot_on_destroy."
  type        = string
  default     = "digitalocean"
  nullable    = false
}

variable "snapshot_directory" {
  description = "Where the logs of the disk snapshots are, relative to the root module."
  type        = string
  default     = "snapshots"
  nullable    = false

  validation {
    condition     = var.snapshot_directory != ""
    error_message = "snapshot_directory must not be empty."
  }
}
