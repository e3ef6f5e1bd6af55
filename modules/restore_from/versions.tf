terraform {
  # Preconditions of outputs came with 1.2.
  required_version = ">= 1.2"
}
