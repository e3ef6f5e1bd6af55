terraform {
  # terraform_data came with 1.4.
  required_version = ">= 1.4"
}
