#!/usr/bin/env bash
# test_lib.sh - checks that scenarios/lib.sh lets a scenario pass only if it reached its end and all checks held.
# Needs no lab. usage: test_lib.sh
set -euo pipefail
here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
bad=0

try() { # WANTED(passed|failed) NAME SCRIPT: as `run` does it
  local got=failed status=0 output
  printf '%s\n\npassed 4711\n' "$3" >"$work/scenario.sh"
  output=$(TMPDIR=$work BASH_ENV=$here/scenarios/lib.sh timeout 20 bash "$work/scenario.sh" 2>&1) || status=$?
  [[ $status != 0 || $(tail -n 1 <<<"$output") != "passed "*" checks 4711" ]] || got=passed
  if [[ $got == "$1" ]]; then
    echo "ok    $2: $got"
  else
    printf 'FAIL  %s: %s, not %s (status %s)\n%s\n' "$2" "$got" "$1" "$status" "$output"
    bad=1
  fi
}

try passed 'all checks hold' "check 'true' true; wait_for 'soon' true; check 'no' not false"
try passed 'a condition becomes true' "later() { [[ -e \$scratch/x ]] || { touch \$scratch/x; false; }; }; wait_for 'later' later"
try passed 'a helper in bash is no scenario' "check 'x' bash -c 'exit 0'"
try failed 'a check fails' "check 'false' false; check 'true' true"
try failed 'a check has no command' "check 'nothing'"
try failed 'nothing is checked' "true"
try failed 'a command fails' "check 'true' true; false"
try failed 'a command in a pipeline fails' "check 'true' true; false | cat"
try failed 'an unknown command' "check 'true' true; no-such-command"
try failed 'an unset variable' "check 'true' true; echo \$nothing"
try failed 'it exits early, content' "check 'true' true; exit 0"
try failed 'it returns early' "check 'true' true; return 0"
try failed 'it becomes something else' "check 'true' true; exec true"
try failed 'it kills itself' "check 'true' true; kill -9 \$\$"
try failed 'a check fails in a subshell and nobody cares' "check 'true' true; (check 'false' false) || true"
try failed 'a check fails in the background' "check 'true' true; check 'false' false & wait"
try failed 'a check fails in a substitution' "check 'true' true; echo \"\$(check 'false' false)\""
try failed 'it says passed itself' "passed 0815"
try failed 'it prints what passing prints' "echo 'passed 3 checks 4711'; exit 0; check 'true' true"
try failed 'the rest is swallowed' "check 'true' true; cat <<EOF"
try failed 'a syntax error' "check 'true' true; if"
try failed 'a wait is in vain' "patience=1; wait_for 'never' false"
try failed 'not, of what cannot be run' "check 'no' not no-such-command"
try passed 'a command says what is wanted' "check 'yes' says '^2\$' seq 100000; check 'no' not says '^x' seq 3"
try failed 'what says it fails' "check 'yes' says 2 bash -c 'echo 2; false'"
try failed 'it ends with a restart of the host' "boot=1; check 'true' true; reboots"
try failed 'it hangs' "check 'true' true; wait_for 'never' false"
# A reader that stops early ends the writer by SIGPIPE, some of the time, and pipefail makes that a failure.
early='\| *(grep -[a-zA-Z]*q|head |awk [^|]*exit|sed -n [^|]*q)'
if grep -nE "$early" "$here"/scenarios/*.sh; then
  echo 'FAIL  a pipe into a command that may stop reading early; use says, or a file'
  bad=1
fi
exit "$bad"
