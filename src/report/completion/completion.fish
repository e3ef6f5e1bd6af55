# fish completion for `terraform tm` and `cloudtm`.
# What is not tm's is left to terraform: its own completion answers, as `terraform -install-autocomplete` sets it up.
# Nothing that was typed or read from the store is evaluated.

function __cloudtm_commands
    printf '%s\t%s\n' @COMMANDS@
end

# The flags of a command without their dashes, with what they do.
function __cloudtm_flags
    switch $argv[1]
@FLAGS@
    end
end

# The kind of what follows a flag, or of the words of a command; fails where nothing does.
function __cloudtm_kind
    switch $argv[1]
@VALUES@
        case '*'
            return 1
    end
end

# The folder with the metadata of the selected workspace's versions.
function __cloudtm_meta
    set -l root $argv[1]
    string match -q '/*' -- $root; or set root $PWD/$root
    set -l store .cloudtm
    if test -n "$CLOUDTM_DIR"
        set store $CLOUDTM_DIR
    else if string match -q '*/.terragrunt-cache/*' -- $root
        set store (string replace -r '/\.terragrunt-cache/.*' '' -- $root)/.cloudtm
    end
    string match -q '/*' -- $store; or set store $root/$store
    if not test -d $store/versions; and test -d $store/.cloudtm/versions
        set store $store/.cloudtm
    end
    set -l data .terraform
    test -n "$TF_DATA_DIR"; and set data $TF_DATA_DIR
    string match -q '/*' -- $data; or set data $root/$data
    set -l workspace $TF_WORKSPACE
    if test -z "$workspace"; and test -r $data/environment
        read workspace <$data/environment
        set workspace (string trim -- $workspace)
    end
    if test -z "$workspace"; or test "$workspace" = default
        echo $store/meta
    else
        echo $store/workspaces/(string replace -a / %2F -- $workspace)/meta
    end
end

function __cloudtm_versions
    set -l meta (__cloudtm_meta $argv[1])
    set -l files $meta/v*.json
    printf '%s\n' latest previous last-good
    test (count $files) -gt 0; or return 0
    # Newest first.
    string replace -rf '^.*/(v[1-9][0-9]*)\.json$' '$1' -- $files[-1..1]
    LC_ALL=C command awk '@TAGS@' $files 2>/dev/null | string match -r '^[A-Za-z0-9][A-Za-z0-9._-]*$'
end

# The names of the snapshots of machines that have a log.
function __cloudtm_images
    set -l files $argv[1]/snapshots/*.json
    test (count $files) -gt 0; or return 0
    string replace -rf '^.*/([A-Za-z0-9][A-Za-z0-9._-]*)\.json$' '$1' -- $files
end

# What a value of this kind may be, with `prefix` in front.
function __cloudtm_values -a kind root prefix value
    switch $kind
        case version
            printf "$prefix%s\n" (__cloudtm_versions $root)
        case shell
            printf '%s\n' @SHELLS@
        case provider
            printf "$prefix%s\n" @PROVIDERS@
        case image
            __cloudtm_images $root
@INNER@
        case command
            __cloudtm_commands
        case file
            set -l files (__fish_complete_path $value)
            test (count $files) -eq 0; or string replace -r '^' -- $prefix $files
    end
end

# terraform's own completion.
function __cloudtm_hand_over
    set -l program $argv[1]
    type -q -f -- $program; or set program terraform
    set -lx COMP_LINE (commandline -cp)
    set -lx COMP_POINT (string length -- $COMP_LINE)
    command $program 2>/dev/null
end

function __cloudtm_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    set -l last (count $words)
    set -l program (string replace -r '^.*/' '' -- $words[1])
    set -l root .
    set -l at 2
    while test $at -le $last; and string match -q -- '-*' $words[$at]
        string match -q -- '-chdir=*' $words[$at]; and set root (string replace -- -chdir= '' $words[$at])
        set at (math $at + 1)
    end
    if test $at -gt $last
        if test "$program" = cloudtm
            __cloudtm_commands
        else
            printf 'tm\tversions of configuration and state\n'
        end
        __cloudtm_hand_over $words[1]
        return
    end
    if test "$words[$at]" = tm
        set at (math $at + 1)
    else if test "$program" != cloudtm; or not __cloudtm_commands | string match -q -- "$words[$at]"\t'*'
        __cloudtm_hand_over $words[1]
        return
    end
    if test $at -gt $last
        __cloudtm_commands
        return
    end
    set -l name $words[$at]
    if contains -- $name @GROUPS@; and test $at -lt $last
        set at (math $at + 1)
        set name $name/$words[$at]
    end
    set -l flag (string replace -rf -- '^--?([^-=][^=]*)$' '$1' $words[$last])
    if test $last -gt $at; and test -n "$flag"; and set -l kind (__cloudtm_kind "$name $flag")
        __cloudtm_values "$kind" $root '' $current
    else if string match -q -- '-*=*' $current
        set flag (string replace -r -- '^--?([^=]*)=.*' '$1' $current)
        set kind (__cloudtm_kind "$name $flag")
        and __cloudtm_values "$kind" $root (string replace -r -- '=.*' = $current) (string replace -r -- '^[^=]*=' '' $current)
    else if string match -q -- '-*' $current
        set -l dashes (string match -r -- '^--?' $current)
        string replace -r -- '^' $dashes (__cloudtm_flags $name)
    else if set kind (__cloudtm_kind $name)
        __cloudtm_values "$kind" $root '' $current
    end
end

complete -c terraform -e
complete -c terraform -f -k -a '(__cloudtm_complete)'
complete -c cloudtm -e
complete -c cloudtm -f -k -a '(__cloudtm_complete)'
