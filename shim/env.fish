# cloudtm: puts its folder first on PATH, also when sourced again after something else was put there.
# The installer fills in the folder.
begin
    set -l cloudtm_bin ''
    set -l cloudtm_rest
    for cloudtm_dir in $PATH
        test "$cloudtm_dir" = "$cloudtm_bin"; or set cloudtm_rest $cloudtm_rest $cloudtm_dir
    end
    set -gx PATH $cloudtm_bin $cloudtm_rest
end
