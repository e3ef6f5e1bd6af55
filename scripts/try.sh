#!/bin/sh
# The main job, live: try.sh PREFIX TEMPORARY-FOLDER FIXTURE [STAND-IN]. Called by `install.sh --try`, which makes and
# removes the folders. STAND-IN is the program that plays terraform where PATH has none.
set -u

prefix=$1 work=$2 fixture=$3 stand_in=${4:-}
unset TF_DATA_DIR TF_WORKSPACE TF_CLI_ARGS TF_CLI_ARGS_init TF_CLI_ARGS_apply TF_CLI_ARGS_destroy
unset CLOUDTM_DIR CLOUDTM_DISABLE CLOUDTM_QUIET CLOUDTM_TERRAFORM
# A machine whose variable names a file that is not there gets a warning of terraform's with every command.
[ -f "${TF_CLI_CONFIG_FILE:-}" ] || unset TF_CLI_CONFIG_FILE
# Terraform's look for a newer version of itself costs seconds without a network.
CHECKPOINT_DISABLE=1
export CHECKPOINT_DISABLE

if [ -n "$stand_in" ]; then
  mkdir "$work/stand-in" && cp "$stand_in" "$work/stand-in/terraform" || exit
  PATH=$work/stand-in:$PATH
  printf '\nThere is no terraform on PATH: a stand-in plays its part below, and creates nothing.\n'
fi
PATH=$prefix/bin:$PATH
export PATH

project=$work/${fixture##*/}
cp -R "$fixture" "$project" && cd "$project" || exit
printf '\nA throwaway copy of fixtures/%s:\n' "${fixture##*/}"

show() {
  printf '\n$ %s\n' "$*"
  "$@"
  status=$?
  [ "$status" -eq 0 ] || {
    printf '\nThis step failed with status %s: %s\n' "$status" "$*" >&2
    exit "$status"
  }
}

show terraform init
show terraform apply -auto-approve
printf '\nA change to main.tf: the page says "Hello, changed world".\n'
sed 's/Hello, world/Hello, changed world/' main.tf >main.tf.new && mv main.tf.new main.tf || exit
show terraform apply -auto-approve
show terraform tm list
show terraform destroy -auto-approve
show terraform tm rollback -to v1
show terraform tm list
show terraform tm rollback -del
