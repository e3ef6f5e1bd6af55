# bash completion for `terraform tm` and `cloudtm`, in the language of bash 3.2.
# What is not tm's is left to terraform: its own completion answers, as `terraform -install-autocomplete` sets it up.
# Nothing that was typed or read from the store is evaluated.

_cloudtm_commands='@COMMANDS@'

# Sets flags, and the kind of the words that are no flags.
_cloudtm_describe() {
  flags='' kind=''
  case $1 in
@TABLE@
  esac
}

# Sets the kind of what follows a flag; returns 1 where nothing does.
_cloudtm_value() {
  case $1:$2 in
@VALUES@
    *) return 1 ;;
  esac
}

# Sets line_words to what stands before the cursor, without its quotes; COMP_WORDS is parted at = and : too.
_cloudtm_split() {
  local line=${COMP_LINE:0:COMP_POINT} at char quote='' word='' begun=''
  line_words=()
  for ((at = 0; at < ${#line}; at++)); do
    char=${line:at:1}
    if [[ $quote == "'" ]]; then
      if [[ $char == "'" ]]; then quote=''; else word+=$char; fi
    elif [[ $char == \\ ]]; then
      at=$((at + 1))
      word+=${line:at:1}
    elif [[ $quote == '"' ]]; then
      if [[ $char == '"' ]]; then quote=''; else word+=$char; fi
    elif [[ $char == "'" || $char == '"' ]]; then
      quote=$char begun=yes
    elif [[ $char == [[:space:]] ]]; then
      [[ -z $word$begun ]] || line_words+=("$word")
      word='' begun=''
    else
      word+=$char
    fi
  done
  line_words+=("$word")
}

# Sets meta to the folder with the metadata of the selected workspace's versions.
_cloudtm_meta() {
  local root=${chdir:-.} store=${CLOUDTM_DIR:-.cloudtm} data=${TF_DATA_DIR:-.terraform} workspace=${TF_WORKSPACE:-}
  [[ $root == /* ]] || root=$PWD/$root
  if [[ -z ${CLOUDTM_DIR:-} && $root == */.terragrunt-cache/* ]]; then
    store=${root%%/.terragrunt-cache/*}/.cloudtm
  fi
  [[ $store == /* ]] || store=$root/$store
  [[ -d $store/versions || ! -d $store/.cloudtm/versions ]] || store=$store/.cloudtm
  [[ $data == /* ]] || data=$root/$data
  if [[ -z $workspace && -r $data/environment ]]; then IFS=$' \t\r' read -r workspace <"$data/environment"; fi
  meta=$store/meta
  [[ ${workspace:-default} == default ]] || meta=$store/workspaces/${workspace//\//%2F}/meta
}

# Adds the names of versions to candidates.
_cloudtm_versions() {
  local meta file name tag
  _cloudtm_meta
  candidates+=(latest previous last-good)
  for file in "$meta"/v*.json; do
    name=${file##*/} name=${name%.json}
    [[ $name =~ ^v[1-9][0-9]*$ ]] && candidates+=("$name")
  done
  while IFS= read -r tag; do
    [[ $tag =~ ^[A-Za-z0-9][A-Za-z0-9._-]*$ ]] && candidates+=("$tag")
  done < <(LC_ALL=C command awk '@TAGS@' "$meta"/v*.json 2>/dev/null)
}

# Adds the names of the snapshots of machines that have a log.
_cloudtm_images() {
  local file name
  for file in "${chdir:-.}"/snapshots/*.json; do
    name=${file##*/} name=${name%.json}
    [[ $name =~ ^[A-Za-z0-9][A-Za-z0-9._-]*$ ]] && candidates+=("$name")
  done
}

# Adds what a value of this kind may be to candidates.
_cloudtm_values() {
  case $1 in
    version) _cloudtm_versions ;;
    shell) candidates+=(@SHELLS@) ;;
    provider) candidates+=(@PROVIDERS@) ;;
    image) _cloudtm_images ;;
@INNER@
    command)
      # shellcheck disable=SC2206 # words of our own
      candidates+=($_cloudtm_commands)
      ;;
    file)
      while IFS= read -r name; do candidates+=("$name"); done < <(compgen -f -- "$2")
      compopt +o nospace -o filenames 2>/dev/null
      ;;
  esac
}

# terraform's own completion, as bash itself would ask for it.
_cloudtm_hand_over() {
  local program=${1/#\~/$HOME} reply
  if [[ -n $_cloudtm_before && ${1##*/} == terraform ]]; then
    "$_cloudtm_before" "$@"
    return
  fi
  type -P -- "$program" >/dev/null || program=terraform
  while IFS= read -r reply; do COMPREPLY+=("$reply"); done < <(
    export COMP_LINE COMP_POINT
    command "$program" "$@" 2>/dev/null
  )
}

_cloudtm() {
  local IFS=$' \t\n' line_words chdir='' at=1 last current flags kind candidates prefix='' name dashes command
  COMPREPLY=() candidates=()
  _cloudtm_split
  last=$((${#line_words[@]} - 1)) current=${line_words[${#line_words[@]} - 1]}
  while ((at < last)) && [[ ${line_words[at]} == -* ]]; do
    [[ ${line_words[at]} != -chdir=* ]] || chdir=${line_words[at]#-chdir=}
    at=$((at + 1))
  done
  if ((at < last)) && [[ ${line_words[at]} == tm ]]; then
    at=$((at + 1))
  elif ((at == last)); then
    _cloudtm_hand_over "$@"
    candidates=(tm)
    # shellcheck disable=SC2206 # words of our own
    [[ ${1##*/} != cloudtm ]] || candidates=($_cloudtm_commands)
    for name in "${candidates[@]}"; do
      [[ $name == "$current"* && " ${COMPREPLY[*]} " != *" $name "* ]] && COMPREPLY+=("$name")
    done
    return
  elif [[ ${1##*/} != cloudtm || " $_cloudtm_commands " != *" ${line_words[at]} "* ]]; then
    _cloudtm_hand_over "$@"
    return
  fi

  command=${line_words[at]}
  if ((at == last)); then
    _cloudtm_values command
  else
    if [[ " @GROUPS@ " == *" $command "* ]] && ((at + 1 < last)); then
      at=$((at + 1))
      command+=/${line_words[at]}
    fi
    _cloudtm_describe "$command"
    name=${line_words[last - 1]#-} name=${name#-}
    if ((last - 1 > at)) && [[ ${line_words[last - 1]} == -* ]] && _cloudtm_value "$command" "$name"; then
      _cloudtm_values "$kind" "$current"
    elif [[ $current == -*=* ]]; then
      name=${current%%=*} name=${name#-} name=${name#-}
      prefix=${current%%=*}=
      _cloudtm_value "$command" "$name" && _cloudtm_values "$kind" "${current#*=}"
    elif [[ $current == -* ]]; then
      dashes=-
      [[ $current != --* ]] || dashes=--
      for name in $flags; do candidates+=("$dashes$name"); done
    else
      _cloudtm_values "$kind" "$current"
    fi
  fi
  # bash replaces the word behind the last of COMP_WORDBREAKS only.
  local kept=${current%"$2"}
  [[ $current == *"$2" ]] || kept=''
  for name in "${candidates[@]}"; do
    name=$prefix$name
    [[ $name == "$current"* ]] && COMPREPLY+=("${name#"$kept"}")
  done
  # Without a space of its own (-o nospace), as terraform's completion asks for.
  ((${#COMPREPLY[@]} != 1)) || [[ $kind == file ]] || COMPREPLY[0]+=' '
}

# A function that completed terraform before is asked for what is not ours; a program (-C) is terraform itself.
_cloudtm_before=''
if [[ $(complete -p terraform 2>/dev/null) =~ \ -F\ ([A-Za-z0-9_:.-]+) && ${BASH_REMATCH[1]} != _cloudtm ]]; then
  _cloudtm_before=${BASH_REMATCH[1]}
fi
complete -o nospace -F _cloudtm terraform cloudtm
