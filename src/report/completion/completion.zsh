#compdef terraform cloudtm
# zsh completion for `terraform tm` and `cloudtm`.
# What is not tm's is left to terraform: its own completion answers, as `terraform -install-autocomplete` sets it up.
# Nothing that was typed or read from the store is evaluated.

typeset -ga _cloudtm_commands
_cloudtm_commands=(
@COMMANDS@
)

# Sets flags, and the kind of the words that are no flags.
_cloudtm_describe() {
  flags=() kind=''
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
  if [[ -z $workspace && -r $data/environment ]]; then IFS=$' \t\r' read -r workspace <$data/environment; fi
  meta=$store/meta
  [[ ${workspace:-default} == default ]] || meta=$store/workspaces/${workspace//\//%2F}/meta
}

_cloudtm_versions() {
  local meta
  local -a files names tags
  _cloudtm_meta
  # Newest first.
  files=($meta/v[1-9]*.json(NnOn))
  names=(${(M)${(@)${(@)files:t}%.json}:#v[1-9][0-9]#})
  if (( $#files )); then
    tags=(${(f)"$(LC_ALL=C command awk '@TAGS@' $files 2>/dev/null)"})
    tags=(${(M)tags:#[A-Za-z0-9][A-Za-z0-9._-]#})
  fi
  compadd -V versions -- latest previous last-good $names $tags
}

# Offers the names of the snapshots of machines that have a log.
_cloudtm_images() {
  local -a files names
  files=(${chdir:-.}/snapshots/[A-Za-z0-9]*.json(N))
  names=(${(M)${(@)${(@)files:t}%.json}:#[A-Za-z0-9][A-Za-z0-9._-]#})
  compadd -- $names
}

# Offers what a value of this kind may be.
_cloudtm_values() {
  local -a inner
  case $1 in
    version) _cloudtm_versions ;;
    shell) compadd -- @SHELLS@ ;;
    provider) compadd -- @PROVIDERS@ ;;
    image) _cloudtm_images ;;
@INNER@
    command) _describe -t commands command _cloudtm_commands ;;
    file) _files ;;
  esac
}

# terraform's own completion.
_cloudtm_hand_over() {
  local line="${(j: :)words[1,CURRENT-1]} $PREFIX" program=${(Q)words[1]}
  local -a replies
  if [[ -n ${_cloudtm_before:-} && ${program:t} == terraform ]]; then
    # As zsh's own _dispatch calls what compdef was given.
    eval "$_cloudtm_before"
    return
  fi
  program=${program/#\~/$HOME}
  (( $+commands[$program] )) || [[ $program == */* && -x $program ]] || program=terraform
  replies=(${(f)"$(COMP_LINE=$line COMP_POINT=$#line command $program 2>/dev/null)"})
  compadd -S '' -- $replies
}

_cloudtm() {
  local program=${${(Q)words[1]}:t} chdir='' at=2 word command kind
  local -a flags with_dashes
  while (( at < CURRENT )) && [[ $words[at] == -* ]]; do
    word=${(Q)words[at]}
    [[ $word != -chdir=* ]] || chdir=${word#-chdir=}
    (( at += 1 ))
  done
  if (( at < CURRENT )) && [[ $words[at] == tm ]]; then
    (( at += 1 ))
  elif (( at == CURRENT )); then
    if [[ $program == cloudtm ]]; then
      _describe -t commands command _cloudtm_commands
    else
      compadd -- tm
    fi
    _cloudtm_hand_over
    return 0
  elif [[ $program != cloudtm || -z ${(M)_cloudtm_commands:#${(b)words[at]}:*} ]]; then
    _cloudtm_hand_over
    return
  fi

  command=$words[at]
  if (( at == CURRENT )); then
    _cloudtm_values command
    return
  fi
  if [[ " @GROUPS@ " == *" $command "* ]] && (( at + 1 < CURRENT )); then
    (( at += 1 ))
    command+=/$words[at]
  fi
  _cloudtm_describe $command
  word=${words[CURRENT-1]##-(-|)}
  if (( CURRENT - 1 > at )) && [[ $words[CURRENT-1] == -* ]] && _cloudtm_value $command $word; then
    _cloudtm_values $kind
  elif [[ $PREFIX == -*=* ]]; then
    word=${${PREFIX%%=*}##-(-|)}
    _cloudtm_value $command $word || return 1
    compset -P '*='
    _cloudtm_values $kind
  elif [[ $PREFIX == --* ]]; then
    with_dashes=(--$^flags)
    _describe -o flag with_dashes
  elif [[ $PREFIX == -* ]]; then
    with_dashes=(-$^flags)
    _describe -o flag with_dashes
  else
    _cloudtm_values $kind
  fi
}

if [[ ${funcstack[1]:-} == _cloudtm ]]; then
  # A file in fpath, called for the first time.
  _cloudtm "$@"
else
  if (( ! $+functions[compdef] )); then
    autoload -Uz compinit && compinit -i
  fi
  # What completed terraform before is asked for what is not ours.
  if [[ ${_comps[terraform]:-} != _cloudtm ]]; then
    typeset -g _cloudtm_before=${_comps[terraform]:-}
  fi
  compdef _cloudtm terraform cloudtm
fi
