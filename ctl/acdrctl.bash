# SPDX-License-Identifier: GPL-2.0-or-later
# bash completion for acdrctl; installed as /usr/share/bash-completion/completions/acdrctl

# Domains may be called anything: one a line, quoted for the command line as they are offered.
_acdrctl_offer() {
    local word
    while IFS= read -r word; do
        [[ -n $word && $word == "$cur"* ]] && COMPREPLY+=("$(printf '%q' "$word")")
    done
}

_acdrctl_domains() { virsh --quiet --readonly --connect qemu:///system list --all --name 2>/dev/null; }
_acdrctl_subjects() { echo host; _acdrctl_domains; }

_acdrctl() {
    local cur prev words cword
    _init_completion -n = 2>/dev/null || {
        cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} words=("${COMP_WORDS[@]}") cword=$COMP_CWORD
    }

    # The verb, and how many words that are no options stand between it and the cursor.
    local verb='' sub='' place=0 i
    for ((i = 1; i < cword; i++)); do
        case ${words[i]} in
            -H | --host | --host-root | --param | -n | --number) ((i++)) ;;
            -*) ;;
            *)
                if [[ -z $verb ]]; then verb=${words[i]}
                elif [[ $verb == class && -z $sub ]]; then sub=${words[i]}
                else ((place++)); fi ;;
        esac
    done

    COMPREPLY=()
    case $prev in
        -H | --host) COMPREPLY=($(compgen -A hostname -- "$cur")); return ;;
        --host-root) COMPREPLY=($(compgen -A directory -- "$cur")); compopt -o filenames; return ;;
        --param | -n | --number) return ;;
    esac

    if [[ $cur == -* ]]; then
        local options='--help'
        case $verb${sub:+ $sub} in
            '') options+=' --version -H' ;;
            apply) options+=' --param --permanent --json' ;;
            plan) options+=' --param --json --host-root' ;;
            tag) options+=' --param --adapt' ;;
            status | verify) options+=' --json' ;;
            topology) options+=' --json --host-root' ;;
            rollback) options+=' --all' ;;
            doctor) options+=' --json --host-root --quiet' ;;
            log) options+=' -n --json' ;;
            'class list') options+=' --json --names' ;;
            'class show') options+=' --param --json' ;;
        esac
        COMPREPLY=($(compgen -W "$options" -- "$cur"))
        return
    fi

    case "$verb${sub:+ $sub}/$place" in
        /0) _acdrctl_offer < <(printf '%s\n' apply release plan status verify class topology log tag untag reload doctor rollback gather) ;;
        class/0) _acdrctl_offer < <(printf '%s\n' list show check schema) ;;
        apply/0 | plan/0 | 'class show/0' | tag/1 | release/1) _acdrctl_offer < <(acdrctl class list --names 2>/dev/null) ;;
        apply/1 | plan/1 | release/0 | status/0 | verify/0) _acdrctl_offer < <(_acdrctl_subjects) ;;
        tag/0 | untag/0) _acdrctl_offer < <(_acdrctl_domains) ;;
        'class check/'* | gather/0) COMPREPLY=($(compgen -A file -- "$cur")); compopt -o filenames ;;
    esac
}
complete -F _acdrctl acdrctl
