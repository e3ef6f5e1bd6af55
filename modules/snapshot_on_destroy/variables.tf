# `nullable = false` everywhere: a caller that hands on an unset variable (null) gets the default.

variable "machine_id" {
  description = "The machine's id at its provider. Take the resource's own `id`: where this is unknown in a plan, the plan replaces the module's resource and a disk snapshot is taken."
  type        = string
  nullable    = false
}

variable "machine_name" {
  description = "The machine's name at its provider; names of disk snapshots begin with it."
  type        = string
  nullable    = false
}

variable "machine_provider" {
  description = "Who runs the machine: digitalocean (asked through doctl), aws (through aws) or command (through a program of your own)."
  type        = string
  default     = "digitalocean"
  nullable    = false

  validation {
    condition     = contains(["digitalocean", "aws", "command"], var.machine_provider)
    error_message = "machine_provider must be digitalocean, aws or command."
  }
}

variable "create_snapshot_on_destroy" {
  description = "Whether to take a disk snapshot before the machine is destroyed. Counts from the apply that sets it."
  type        = bool
  default     = false
  nullable    = false
}

variable "snapshot_name" {
  description = "The disk snapshot's name; empty for {machine_name}-snapshot-{YYYYMMDD-HHMMSS}, in UTC."
  type        = string
  default     = ""
  nullable    = false

  validation {
    condition     = !can(regex("[[:cntrl:]]", var.snapshot_name)) && length(var.snapshot_name) <= 255
    error_message = "snapshot_name must not have more than 255 characters, and no control characters."
  }
}

variable "snapshot_directory" {
  description = "Where the log of each disk snapshot is written, relative to the root module."
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

  validation {
    condition     = var.timeout_minutes > 0 && var.timeout_minutes <= 10080
    error_message = "timeout_minutes must be more than 0, and at most 10080 (a week)."
  }
}

variable "on_failure" {
  description = "What to do when there is no disk snapshot: stop (the machine is not destroyed) or continue."
  type        = string
  default     = "stop"
  nullable    = false

  validation {
    condition     = contains(["stop", "continue"], var.on_failure)
    error_message = "on_failure must be stop or continue."
  }
}

variable "reboot" {
  description = "Whether the machine may be restarted for a disk snapshot of a disk that nothing writes to. Only aws looks at it."
  type        = bool
  default     = false
  nullable    = false
}
