#!/bin/sh
# Installs cloudtm for one user, takes it away again, or shows it live. See --help.
#
# Promises: every file appears in one rename, so a terraform that runs right now is never disturbed and a full disk
# leaves the old version; what is added outside the prefix is written down in PREFIX/lib/added, and --uninstall takes
# away exactly that. The lines of that file are `dir - - PATH`, `created - - PATH` (a file that was not there),
# `appended SUM - PATH` and `newline SUM - PATH` (the file ended without a newline and got one), SUM being cksum's
# of the file as it was.
set -u

marker='cloudtm launcher'
newline='
'
say() { printf '%s\n' "$*"; }
warn() { printf 'install.sh: %s\n' "$*" >&2; }
die() {
  warn "$@"
  exit 1
}

usage() {
  cat <<'END'
usage: ./install.sh [--prefix DIR] [--no-modify-path]
       ./install.sh --uninstall [--prefix DIR]
       ./install.sh --try

  --prefix DIR       where to install (default: ${XDG_DATA_HOME:-$HOME/.local/share}/cloudtm)
  --no-modify-path   leave .bashrc, .zshrc, config.fish and .profile alone; print the PATH line instead
  --uninstall        take away exactly what was added; the .cloudtm/ folders of projects stay
  --try              install into a temporary folder and show the main job in a throwaway project
  --help             this text

CLOUDTM_BASH names the only bash to try for the launcher (default: /bin/bash, /usr/bin/bash, then PATH).
END
}

# --- words --------------------------------------------------------------------------------------------------------

# Quoted for sh, in single quotes.
sh_word() { printf "'%s'" "$(printf '%s' "$1" | sed "s/'/'\\\\''/g")"; }
# Escaped for the inside of double quotes in sh, and in fish, where a backtick means nothing.
in_double() { printf '%s' "$1" | sed 's/[\\"$`]/\\&/g'; }
in_double_fish() { printf '%s' "$1" | sed 's/[\\"$]/\\&/g'; }
# Quoted for fish, in single quotes.
fish_word() { printf "'%s'" "$(printf '%s' "$1" | sed "s/[\\\\']/\\\\&/g")"; }

# --- arguments ----------------------------------------------------------------------------------------------------

prefix=
prefix_given=no
modify_path=yes
action=install
while [ $# -gt 0 ]; do
  case $1 in
    --prefix)
      [ $# -gt 1 ] || die '--prefix needs a folder'
      prefix=$2 prefix_given=yes
      shift
      ;;
    --prefix=*) prefix=${1#--prefix=} prefix_given=yes ;;
    --no-modify-path) modify_path=no ;;
    --uninstall | --try)
      [ "$action" = install ] || [ "$action" = "${1#--}" ] || die "$1 and --$action do not go together"
      action=${1#--}
      ;;
    -h | --help)
      usage
      exit 0
      ;;
    *)
      warn "unknown option: $1"
      usage >&2
      exit 1
      ;;
  esac
  shift
done

source_dir=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd -P) || die "cannot find the folder of $0"
umask 022
work=
cleanup() {
  [ -z "$work" ] || rm -rf -- "$work"
  [ "$action" = uninstall ] || [ -z "$prefix" ] || rm -f -- "$prefix"/.cloudtm-new.$$ "$prefix"/*/.cloudtm-new.$$
}
trap cleanup EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

choose_prefix() {
  if [ "$prefix_given" = no ]; then
    if [ -n "${XDG_DATA_HOME:-}" ]; then
      prefix=$XDG_DATA_HOME/cloudtm
    elif [ -n "${HOME:-}" ]; then
      prefix=$HOME/.local/share/cloudtm
    else
      die 'HOME is not set: say where to install with --prefix DIR'
    fi
  fi
  while :; do
    case $prefix in
      */./*) prefix=${prefix%%/./*}/${prefix#*/./} ;;
      *//*) prefix=${prefix%%//*}/${prefix#*//} ;;
      */.) prefix=${prefix%.} ;;
      ?*/) prefix=${prefix%/} ;;
      *) break ;;
    esac
  done
  case $prefix in
    '' | /) die '--prefix needs a folder of its own' ;;
    *:*) die "the prefix cannot hold a colon, PATH is separated by them: $prefix" ;;
    *"$newline"*) die 'the prefix cannot hold a line break' ;;
    /*) ;;
    *) prefix=$PWD/${prefix#./} ;;
  esac
  case $prefix/ in
    */../* | */./*) prefix=$(CDPATH='' cd -- "$prefix" 2>/dev/null && pwd) || die 'write the prefix without . and ..' ;;
  esac
  added=$prefix/lib/added
  # Guarded: dash ends a login at a file to source that is not there, should somebody remove the prefix by hand.
  sh_line="[ ! -r \"$(in_double "$prefix/env.sh")\" ] || . \"$(in_double "$prefix/env.sh")\" # cloudtm"
  fish_line="test -r \"$(in_double_fish "$prefix/env.fish")\"; and source \"$(in_double_fish "$prefix/env.fish")\" # cloudtm"
}

# --- looking ------------------------------------------------------------------------------------------------------

# Is this file a launcher of ours? Its second line says so.
is_launcher() {
  case $(dd if="$1" bs=4096 count=1 2>/dev/null | LC_ALL=C tr -d '\000' | LC_ALL=C sed -n 2p) in
    "# $marker" | "// $marker") return 0 ;;
  esac
  return 1
}

# Did an installation put this into its bin/? `cloudtm` is a symlink beside the launcher, dangling when that is gone.
is_ours() { [ "$(readlink -- "$1" 2>/dev/null)" = terraform ] || is_launcher "$1"; }

is_script() { [ "$(dd if="$1" bs=2 count=1 2>/dev/null | LC_ALL=C tr -d '\000')" = '#!' ]; }

# A version manager's shim: a script, or a symlink to a program of another name. It needs its own environment to work.
is_shim() {
  is_script "$1" && return 0
  [ -L "$1" ] || return 1
  shim_target=$(readlink -f -- "$1" 2>/dev/null) || return 1
  case ${shim_target##*/} in terraform*) return 1 ;; esac
}

# Does this program hand on to the next terraform on PATH? A compiled shim is told by trying.
hands_on() {
  trial=$(mktemp -d) || return 1
  # shellcheck disable=SC2016 # for the script that is written
  printf '#!/bin/sh\n: >"${0%%/*}/called"\n' >"$trial/terraform" && chmod 755 "$trial/terraform"
  PATH=$trial:$PATH CHECKPOINT_DISABLE=1 "$1" version </dev/null >/dev/null 2>&1
  called=1
  [ -e "$trial/called" ] && called=0
  rm -rf "$trial"
  return "$called"
}

# Sets `fallback` to the terraform on PATH that is not ours: a plain binary, else a manager's shim, else empty.
find_fallback() {
  fallback=
  shim_found=
  rest=${PATH:-}:
  while [ -n "$rest" ]; do
    candidate=${rest%%:*}/terraform
    rest=${rest#*:}
    case $candidate in /*) ;; *) continue ;; esac
    if [ ! -f "$candidate" ] || [ ! -x "$candidate" ] || is_launcher "$candidate"; then continue; fi
    if is_shim "$candidate" || hands_on "$candidate"; then
      [ -n "$shim_found" ] || shim_found=$candidate
    else
      fallback=$candidate
      return
    fi
  done
  fallback=$shim_found
}

check_node() {
  how_to="Get it from https://nodejs.org, from your system's packages or with a version manager, then run this again."
  command -v node >/dev/null 2>&1 || die "cloudtm needs Node 20 or newer, and there is no node on PATH. $how_to"
  node_version=$(NODE_OPTIONS='' node --version) || die "node does not run. $how_to"
  node_major=${node_version#v}
  node_major=${node_major%%.*}
  case $node_major in
    '' | *[!0-9]*) die "cloudtm needs Node 20 or newer, and node says it is \"$node_version\". $how_to" ;;
  esac
  [ "$node_major" -ge 20 ] || die "cloudtm needs Node 20 or newer, and node is $node_version. $how_to"
  command -v npm >/dev/null 2>&1 || die "there is no npm on PATH; it comes with Node. $how_to"
  # The program itself, so that the shims of nvm, mise or asdf do not matter later.
  node=$(NODE_OPTIONS='' node -p process.execPath) || die "node does not run. $how_to"
  say "Node $node_version: $node"
}

# Before the slow part: can the prefix be written, and is there something that is not ours?
check_prefix() {
  there=$prefix
  while [ ! -e "$there" ] && [ ! -L "$there" ]; do there=$(dirname -- "$there"); done
  [ -d "$there" ] || die "cannot install into $prefix: $there is not a folder"
  if [ ! -w "$there" ] || [ ! -x "$there" ]; then
    die "cannot install into $prefix: $there is not writable; choose another with --prefix DIR"
  fi
  for file in bin/terraform bin/cloudtm; do
    if [ -e "$prefix/$file" ] || [ -L "$prefix/$file" ]; then
      is_ours "$prefix/$file" || die "$prefix/$file is there and is not cloudtm's: choose another folder with --prefix DIR"
    fi
  done
  [ -f "$added" ] || [ -f "$prefix/bin/terraform" ] || for file in lib/cloudtm.cjs env.sh env.fish; do
    [ ! -e "$prefix/$file" ] || die "$prefix/$file is there and is not cloudtm's: choose another folder with --prefix DIR"
  done
}

# Runs quietly; its output is shown only when it fails.
quietly() {
  say "$*"
  "$@" >"$work/log" 2>&1 </dev/null && return
  quiet_status=$?
  cat -- "$work/log" >&2
  die "$* failed with status $quiet_status, nothing was installed or changed"
}

build() {
  cd -- "$source_dir" || die "cannot enter $source_dir"
  # The bundler is a development dependency, which NODE_ENV=production would leave out.
  quietly npm ci --include=dev
  quietly npm run build
  [ -s dist/cloudtm.cjs ] || die 'npm run build left no dist/cloudtm.cjs'
}

# Sets `bash` to a bash that hands on an environment byte for byte, or to nothing. A shebang holds no spaces and, on
# older kernels, 127 bytes.
find_bash() {
  bash=
  if [ -n "${CLOUDTM_BASH:-}" ]; then
    set -- "$CLOUDTM_BASH"
  else
    set -- /bin/bash /usr/bin/bash "$(command -v bash 2>/dev/null)"
  fi
  for candidate in "$@"; do
    case $candidate in /*) ;; *) continue ;; esac
    case $candidate in *[[:space:]]*) continue ;; esac
    [ ${#candidate} -le 110 ] || continue
    # shellcheck disable=SC2016
    seen=$(env 'TF_VAR_my-var=x' 'BASH_FUNC_f%%=() { :; }' "$candidate" -p -c 'exec env' 2>/dev/null) || continue
    case $newline$seen$newline in *"${newline}TF_VAR_my-var=x$newline"*) ;; *) continue ;; esac
    case $newline$seen$newline in *"${newline}BASH_FUNC_f%%=() { :; }$newline"*) ;; *) continue ;; esac
    bash=$candidate
    return
  done
}

# --- writing ------------------------------------------------------------------------------------------------------

made=
# Makes a folder and what is missing above it, remembering each.
make_dirs() {
  [ ! -d "$1" ] || return 0
  make_dirs "$(dirname -- "$1")" || return
  mkdir -- "$1" || return
  made="${made}dir - - $1$newline"
}

# Adds `KIND SUM - PATH` to the record, in place of what it said of that path.
remember() {
  {
    [ ! -f "$added" ] || LINE_PATH=$2 LC_ALL=C awk '{
      path = $0; sub(/^[^ ]* [^ ]* [^ ]* /, "", path)
      if (path != ENVIRON["LINE_PATH"]) print
    }' "$added"
    printf '%s - %s\n' "$1" "$2"
  } >"$prefix/lib/.cloudtm-new.$$" && mv -f -- "$prefix/lib/.cloudtm-new.$$" "$added"
}

remember_dirs() {
  if [ -z "$made" ] && [ -f "$added" ]; then return 0; fi
  { [ ! -f "$added" ] || cat -- "$added"; printf '%s' "$made"; } >"$prefix/lib/.cloudtm-new.$$" &&
    mv -f -- "$prefix/lib/.cloudtm-new.$$" "$added" && made=
}

# put SOURCE PREFIX-RELATIVE-TARGET MODE [LINE NEW-LINE]…: the source with each LINE, which must be there exactly once,
# replaced; `1` as LINE is the first line.
put() {
  put_source=$1 put_target=$prefix/$2 put_mode=$3
  put_new=${put_target%/*}/.cloudtm-new.$$
  shift 3
  cp -- "$put_source" "$put_new" || die "cannot write to $prefix, the old version stays"
  while [ $# -gt 0 ]; do
    FROM=$1 TO=$2 LC_ALL=C awk '
      (ENVIRON["FROM"] == "1" && NR == 1) || $0 "" == ENVIRON["FROM"] "" { print ENVIRON["TO"]; found++; next }
      { print }
      END { exit found == 1 ? 0 : 1 }' "$put_new" >"$work/filled" || die "$put_source has not exactly one line $1"
    cat -- "$work/filled" >"$put_new" || die "cannot write to $prefix, the old version stays"
    shift 2
  done
  # As old as its source: the launcher tells by it whether Node has been tried with this very bundle.
  touch -r "$put_source" -- "$put_new" 2>/dev/null || :
  if ! { chmod "$put_mode" "$put_new" && mv -f -- "$put_new" "$put_target"; }; then die "cannot write $put_target"; fi
}

js_word() { NODE_OPTIONS='' node -p 'JSON.stringify(process.argv[1])' -- "$1"; }

put_files() {
  if ! { make_dirs "$prefix/bin" && make_dirs "$prefix/lib" && remember_dirs; }; then
    die "cannot write to $prefix"
  fi
  put dist/cloudtm.cjs lib/cloudtm.cjs 644
  # What V8 compiled of it; without these two every start takes a little longer.
  put dist/load.cjs lib/load.cjs 644
  put dist/cloudtm.cache lib/cloudtm.cache 644
  put shim/env.sh env.sh 644 "cloudtm_bin=''" "cloudtm_bin=$(sh_word "$prefix/bin")"
  put shim/env.fish env.fish 644 "    set -l cloudtm_bin ''" "    set -l cloudtm_bin $(fish_word "$prefix/bin")"
  if [ -n "$bash" ]; then
    put shim/terraform bin/terraform 755 1 "#!$bash -p" "node=''" "node=$(sh_word "$node")" \
      "bundle=''" "bundle=$(sh_word "$prefix/lib/cloudtm.cjs")" "fallback=''" "fallback=$(sh_word "$fallback")"
    rm -f -- "$prefix/package.json"
  else
    # A name without an ending is read as a module where a package.json further up says so.
    printf '{"type": "commonjs"}\n' >"$work/package.json"
    put "$work/package.json" package.json 644
    put shim/entry.cjs bin/terraform 755 1 "#!$node" "const bundle = '';" \
      "const bundle = $(js_word "$prefix/lib/cloudtm.cjs");" "const fallback = '';" "const fallback = $(js_word "$fallback");"
  fi
  if ! { ln -s terraform "$prefix/bin/.cloudtm-new.$$" && mv -f -- "$prefix/bin/.cloudtm-new.$$" "$prefix/bin/cloudtm"; }; then
    die "cannot write $prefix/bin/cloudtm"
  fi
  # The first start leaves its proof in lib/, where not every user of a shared installation may write.
  rm -f -- "$prefix/lib/node.proof"
  CLOUDTM_DISABLE='' COMP_LINE='' "$prefix/bin/cloudtm" help >/dev/null || warn "$prefix/bin/cloudtm does not work here, see above"
  warn_of_home
}

# Node below a home folder that only its owner may enter: for every other user the real terraform runs and nothing is kept.
warn_of_home() {
  case $prefix/ in "${HOME:-/}"/*) return 0 ;; esac
  closed=$node
  while [ "$closed" != / ]; do
    closed=$(dirname -- "$closed")
    case $(LC_ALL=C ls -ld -- "$closed") in
      d????????[xt]*) ;;
      *)
        warn "other users cannot start $node ($closed is closed to them): for them nothing is kept. Install Node where all may read it, then run this again"
        return 0
        ;;
    esac
  done
}

# --- the shells' own files ----------------------------------------------------------------------------------------

# Calls "$1 FILE LINE" for each rc file of this user that is there or, with the shell installed, ought to be.
each_rc() {
  [ -n "${HOME:-}" ] && [ -d "$HOME" ] || return 0
  "$1" "$HOME/.profile" "$sh_line" always
  "$1" "$HOME/.bashrc" "$sh_line" bash
  "$1" "$HOME/.bash_profile" "$sh_line" never
  "$1" "$HOME/.bash_login" "$sh_line" never
  "$1" "${ZDOTDIR:-$HOME}/.zshrc" "$sh_line" zsh
  "$1" "${XDG_CONFIG_HOME:-$HOME/.config}/fish/config.fish" "$fish_line" fish
}

has_line() { [ -f "$1" ] && [ -r "$1" ] && LC_ALL=C grep -qxF -e "$2" -- "$1"; }

# add_line FILE LINE WHEN: WHEN is always, never, or the shell that must be installed to make a file that is missing.
add_line() {
  case $1 in *"$newline"*) return 0 ;; esac
  if [ ! -e "$1" ] && [ ! -L "$1" ]; then
    case $3 in
      always) ;;
      never) return 0 ;;
      *) command -v "$3" >/dev/null 2>&1 || return 0 ;;
    esac
    if make_dirs "$(dirname -- "$1")" 2>/dev/null && remember_dirs && remember 'created -' "$1" &&
      { printf '%s\n' "$2" >"$1"; } 2>/dev/null; then
      say "$1: made, with the line $2"
      return 0
    fi
  elif has_line "$1" "$2"; then
    return 0
  elif [ -f "$1" ] && [ -r "$1" ] && [ -w "$1" ]; then
    add_sum=$(cksum <"$1")
    add_kind=newline add_start=$newline
    [ -s "$1" ] && [ "$(tail -c 1 -- "$1" && printf x)" != "${newline}x" ] || add_kind=appended add_start=
    if remember "$add_kind $(printf '%s' "$add_sum" | tr ' ' -)" "$1" &&
      { printf '%s%s\n' "$add_start" "$2" >>"$1"; } 2>/dev/null; then
      say "$1: added the line $2"
      return 0
    fi
  fi
  warn "cannot write $1; add this line to it by hand: $2"
}

# The file without the lines that are ours, all else byte for byte: to standard output. A third argument `bare` leaves
# out the newline before our line too, where ours was the last.
without_line() {
  ends=no
  [ "$(tail -c 1 -- "$1" && printf x)" != "${newline}x" ] || ends=yes
  LINE=$2 ENDS=$ends BARE=${3:-} LC_ALL=C awk '
    $0 "" == ENVIRON["LINE"] "" { last = 1; next }
    { if (n++) printf "\n"; printf "%s", $0; last = 0 }
    END { if (n && (last ? ENVIRON["BARE"] == "" : ENVIRON["ENDS"] == "yes")) printf "\n" }' "$1"
}

failed=no
# drop_line FILE LINE: takes our line out, and the file with it if we made it and nothing else is in it.
drop_line() {
  has_line "$1" "$2" || return 0
  drop_record=$(printf '%s' "$record" | LINE_PATH=$1 LC_ALL=C awk '{
    path = $0; sub(/^[^ ]* [^ ]* [^ ]* /, "", path)
    if (path == ENVIRON["LINE_PATH"] && $1 != "dir") print $1, $2
  }')
  without_line "$1" "$2" >"$work/rc" || { failed=yes; return 0; }
  case $drop_record in
    newline\ *)
      without_line "$1" "$2" bare >"$work/bare"
      [ "$(cksum <"$work/bare" | tr ' ' -)" != "${drop_record#* }" ] || mv -f -- "$work/bare" "$work/rc"
      ;;
    created\ *)
      if [ ! -s "$work/rc" ] && [ ! -L "$1" ] && rm -- "$1" 2>/dev/null; then
        say "$1: removed, it held our line only"
        removed=yes
        return 0
      fi
      ;;
  esac
  # Written over, not replaced: the file may be a symlink into a repository of dotfiles. Shorter than before, so it fits.
  if { [ -w "$1" ] && cat -- "$work/rc" >"$1"; } 2>/dev/null; then
    say "$1: took our line out"
    removed=yes
  else
    warn "cannot write $1; take this line out by hand: $2"
    failed=yes
  fi
}

drop_recorded() {
  printf '%s' "$record" >"$work/record"
  while IFS= read -r line; do
    case $line in
      created\ * | appended\ * | newline\ *)
        drop_line "${line#* * * }" "$sh_line"
        drop_line "${line#* * * }" "$fish_line"
        ;;
    esac
  done <"$work/record"
}

# --- the three things it does -------------------------------------------------------------------------------------

install() {
  check_node
  check_prefix
  build
  find_fallback
  find_bash
  if [ -z "$bash" ]; then
    case $node in
      *[[:space:]]*) die "no bash here hands on an environment unchanged, and the way without it needs a path of Node without spaces: $node" ;;
    esac
    [ ${#node} -le 120 ] || die "no bash here hands on an environment unchanged, and the path of Node is too long for a script's first line: $node"
    say 'no bash here hands on an environment unchanged: a launcher in Node takes its place (correct, but slower)'
  fi
  put_files
  say "installed into $prefix"
  if [ -n "$fallback" ]; then
    say "terraform: $fallback"
  else
    say 'no terraform on PATH yet: install it whenever you like, it will be found'
  fi
}

uninstall() {
  removed=no
  record=
  if [ -f "$added" ]; then
    record=$(cat -- "$added")$newline
  elif [ -d "$prefix" ] && [ -n "$(ls -A -- "$prefix")" ] && ! is_launcher "$prefix/bin/terraform"; then
    die "$prefix holds files and is not an installation of cloudtm: nothing was removed"
  fi
  each_rc drop_line
  drop_recorded
  for file in bin/terraform bin/cloudtm; do
    if [ -f "$prefix/$file" ] || [ -L "$prefix/$file" ]; then
      is_ours "$prefix/$file" || continue
      rm -f -- "$prefix/$file" && removed=yes || failed=yes
    fi
  done
  if [ -n "$record" ] || [ "$removed" = yes ]; then
    for file in lib/cloudtm.cjs lib/load.cjs lib/cloudtm.cache lib/node.proof env.sh env.fish package.json lib/added; do
      [ -f "$prefix/$file" ] || continue
      rm -f -- "$prefix/$file" && removed=yes || failed=yes
    done
    rm -f -- "$prefix"/.cloudtm-new.* "$prefix"/*/.cloudtm-new.*
    [ -n "$record" ] || record="dir - - $prefix${newline}dir - - $prefix/bin${newline}dir - - $prefix/lib$newline"
    # Deepest first; a folder that holds something else stays.
    printf '%s' "$record" | LC_ALL=C awk '/^dir /{ sub(/^[^ ]* [^ ]* [^ ]* /, ""); dirs[++n] = $0 }
      END { while (n) print dirs[n--] }' >"$work/dirs"
    while IFS= read -r line; do rmdir -- "$line" 2>/dev/null || :; done <"$work/dirs"
  fi
  if [ "$removed" = no ] && [ "$failed" = no ]; then
    say "cloudtm is not installed in $prefix: nothing to remove"
    return
  fi
  if [ -d "$prefix" ]; then
    find "$prefix" ! -type d >"$work/left"
    if [ -s "$work/left" ]; then
      say 'these files are not ours and stay:'
      sed 's/^/  /' "$work/left"
    fi
  fi
  [ "$failed" = no ] || die 'not everything could be removed, see above'
  say "removed cloudtm from $prefix; the .cloudtm/ folders of your projects stay as they are"
  say "shells that are open keep the old place in mind until   hash -r"
}

temporary() {
  work=$(mktemp -d "${TMPDIR:-/tmp}/cloudtm-install.XXXXXX") || die 'cannot make a temporary folder'
}

case $action in
  install)
    choose_prefix
    temporary
    install
    if [ "$modify_path" = no ]; then
      say 'put it first on PATH with:'
      say "  PATH=\"$(in_double "$prefix/bin"):\$PATH\"; export PATH"
      say 'then: terraform tm doctor'
    else
      if [ -n "${HOME:-}" ] && [ -d "$HOME" ]; then
        each_rc add_line
      else
        warn 'there is no home folder, so no shell was set up'
      fi
      say "next: open a new shell, or run   . \"$(in_double "$prefix/env.sh")\"   and then   terraform tm doctor"
    fi
    ;;
  uninstall)
    choose_prefix
    temporary
    uninstall
    ;;
  try)
    [ "$prefix_given" = no ] || die '--try installs into a temporary folder of its own, without --prefix'
    temporary
    prefix=$work/cloudtm
    added=$prefix/lib/added
    install
    if [ -n "$fallback" ]; then stand_in=; else stand_in=$source_dir/test/support/stand-in-terraform; fi
    sh "$source_dir/scripts/try.sh" "$prefix" "$work" "$source_dir/fixtures/web-app" "$stand_in" || exit
    say
    say 'That was cloudtm. Install it with:   ./install.sh'
    say 'and take it away again with:         ./install.sh --uninstall'
    ;;
esac
