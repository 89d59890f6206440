# shellcheck shell=bash
# lib.sh - what every scenario has. A scenario is plain bash that `run` executes inside the lab host, as root, with this
# loaded first and `passed` appended as its last line. It counts as passed only if that line is reached, no check has
# failed anywhere (also not in a subshell) and at least one was made.
#
#   check 'sentence' COMMAND...             the sentence is true if the command succeeds; else the scenario fails
#   wait_for 'condition' COMMAND...         try the command until it succeeds; else, after $patience seconds, the scenario fails
#   says PATTERN COMMAND...                what the command says has a line like this; it succeeds, too
#   not COMMAND...                          succeeds if the command says no (and not if it could not be run)
#   same_host BEFORE AFTER [OPTION...]      the two files of `host-state save` are the same host; options of its diff
#   host_becomes BEFORE [OPTION...]         wait until the host is what it was in BEFORE
#   reboots                                 the host restarts, and the scenario begins anew with $boot one higher (it was 1);
#                                           what it wants to keep is in /var/lib
#   fail 'reason'                           the scenario fails
#   note 'text'                             tell the reader what comes
#   $scratch                                a directory for the scenario's files
#
# Commands may be functions of the scenario. There is no need to sleep: wait for a condition. How long that may take is no
# scenario's business: an emulated host on a busy machine can be slower than any guess.

if ! declare -F passed >/dev/null; then
  unset BASH_ENV
  set -Eeuo pipefail
  patience=${LAB_PATIENCE:-300}
  scratch=$(mktemp -d "${TMPDIR:-/tmp}/scenario.XXXXXX")
  lib_pid=$BASHPID
  lib_end() { # exit status
    if [[ $BASHPID == "$lib_pid" && ! -e $scratch/passed && ! -e $scratch/failed ]]; then
      echo "FAIL  the scenario ended (status $1) before its last line" >&2
    fi
  }
  trap 'lib_end $?' EXIT
  trap 'echo "      line $LINENO: status $?: $BASH_COMMAND" >&2' ERR
fi

note() { printf '           %s\n' "$1"; }

fail() {
  printf 'FAIL  %s\n' "$1" >&2
  echo "$1" >>"$scratch/failed"
  trap - ERR
  exit 1
}

# Runs the command with -e off, as any condition does, and keeps what it says.
lib_try() { "$@" >"$scratch/output" 2>&1; }

lib_show() { # what the command said, and what it was
  printf '      $ %s\n' "$*" >&2
  tail -n 60 "$scratch/output" | sed 's/^/      | /' >&2
}

check() {
  local sentence=$1
  shift
  (($#)) || fail "check '$sentence' has no command"
  if lib_try "$@"; then
    echo 1 >>"$scratch/checks"
    printf 'ok %4d s  %s\n' "$SECONDS" "$sentence"
  else
    lib_show "$@"
    fail "$sentence"
  fi
}

wait_for() {
  local condition=$1 begun=$SECONDS
  shift
  (($#)) || fail "wait_for '$condition' has no command"
  until lib_try "$@"; do
    if ((SECONDS - begun >= patience)); then
      lib_show "$@"
      fail "waited $patience s for: $condition"
    fi
    sleep 0.2
  done
  echo 1 >>"$scratch/checks"
  printf 'ok %4d s  %s\n' "$SECONDS" "$condition"
}

not() {
  local status=0
  "$@" || status=$?
  ((status > 0 && status < 126))
}

# Under pipefail a pipe into grep -q fails whenever grep has seen enough before the command has said all.
says() {
  local pattern=$1 said
  shift
  said=$("$@") || return
  grep -Eq -- "$pattern" <<<"$said" || { printf '%s\n' "$said"; return 1; }
}

same_host() {
  local before=$1 after=$2
  shift 2
  check "the host is what it was ($(basename "$before"), $(basename "$after"))" host-state diff "$@" "$before" "$after"
}

lib_host_is() { # BEFORE OPTION...
  local before=$1
  shift
  host-state save "$scratch/now" && host-state diff "$@" "$before" "$scratch/now"
}

host_becomes() {
  local before=$1
  shift
  wait_for "the host is again what it was ($(basename "$before"))" lib_host_is "$before" "$@"
}

lib_well() { # WHO: so far all checks held, and there were some
  trap - ERR
  [[ $BASHPID == "$lib_pid" ]] || fail "'$1' in a subshell"
  [[ ! -e $scratch/failed ]] || fail "a check failed: $(head -n 1 "$scratch/failed")"
  [[ -s $scratch/checks ]] || fail "the scenario checked nothing"
  touch "$scratch/passed"
}

reboots() {
  lib_well reboots
  sync
  echo "boot ${boot:?} is over"
  exit 75
}

passed() {
  lib_well passed
  printf 'passed %s checks %s\n' "$(wc -l <"$scratch/checks")" "${1:-}"
  exit 0
}
