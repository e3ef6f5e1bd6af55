# shellcheck shell=sh
# cloudtm: puts its folder first on PATH, also when sourced again after something else was put there.
# For every POSIX shell, with `set -eu` or without. The installer fills in the folder.
cloudtm_bin=''
cloudtm_path=:${PATH-}:
while :; do
  case $cloudtm_path in
    *:"$cloudtm_bin":*)
      cloudtm_path=${cloudtm_path%%:"$cloudtm_bin":*}:${cloudtm_path#*:"$cloudtm_bin":}
      ;;
    *) break ;;
  esac
done
cloudtm_path=${cloudtm_path#:}
cloudtm_path=${cloudtm_path%:}
PATH=$cloudtm_bin${cloudtm_path:+:$cloudtm_path}
export PATH
unset cloudtm_bin cloudtm_path
