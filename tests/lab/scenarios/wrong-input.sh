# Wrong input: one clear line, the right exit code, and nothing is changed.
source ./acdr.sh
quiet_host
acdrctl status >/dev/null
writes() { acdrctl log -n 4000 --json | jq '.records | length'; }
before=$(writes)

refused() { # CODE PATTERN COMMAND...
  local code=$1 pattern=$2 status=0
  shift 2
  "$@" >"$scratch/out" 2>"$scratch/err" || status=$?
  printf '      $ %s\n      %s\n' "$*" "$(<"$scratch/err")"
  check "'${*##*/}' exits with $code" test "$status" == "$code"
  check 'it says so in one line' test "$(wc -l <"$scratch/err")" == 1
  check "the line names what is wrong ($pattern)" grep -Eq "$pattern" "$scratch/err"
  check 'nothing was changed' test "$(writes)" == "$before"
}

refused 3 'no-such-class' acdrctl apply no-such-class host
refused 2 '99-200' acdrctl apply cleaner-cores host --param cores=99-200
refused 2 "'5-'" acdrctl apply cleaner-cores host --param cores=5-
refused 2 'colour' acdrctl apply cleaner-cores host --param colour=red
refused 3 'nosuchdomain' acdrctl apply vnf nosuchdomain
refused 2 '' acdrctl apply
refused 2 'frobnicate' acdrctl frobnicate
refused 3 'no claim' acdrctl release host

printf 'api: acdr/v1\nclass: bad\nclass: bad\nconditionings: [nonsense]\ncolour: red\n' >"$scratch/bad.yaml"
status=0
acdrctl class check "$scratch/bad.yaml" >"$scratch/out" 2>&1 || status=$?
cat "$scratch/out"
check 'class check fails on a bad file' test "$status" == 2 -o "$status" == 1
check 'it names line and column of the repeated key' grep -q 'bad.yaml:3:1' "$scratch/out"
check 'it names the unknown key in the same run' grep -q 'colour' "$scratch/out"
check 'it names the unknown conditioning in the same run' grep -q 'nonsense' "$scratch/out"

guest define plain --vcpus 2
guest start plain
check 'a domain without metadata is left alone' no_claims
guest define huge --vcpus 12 --class vnf
guest start huge
unmet() { [[ $(claim huge state) == failed ]]; }
wait_for 'a domain with more vCPUs than cores starts, and status says that it is not conditioned' unmet
check 'and why' bash -c "acdrctl status huge | grep -i core"
check 'verify does not hold' not acdrctl verify
guest stop huge
guest define broken --vcpus 2 --class vnf
virsh dumpxml --inactive broken | sed "s/class='vnf'/klass='vnf'/; s/class=\"vnf\"/klass='vnf'/" >"$scratch/broken.xml"
virsh define "$scratch/broken.xml" >/dev/null
guest start broken
said() { journalctl -u acdrd.service | grep 'domain broken' >/dev/null; }
wait_for 'broken metadata is told in the journal, and the domain starts' said
guest stop broken
guest stop plain

note 'an unprivileged user'
useradd -m someone
asuser() { runuser -u someone -- "$@"; }
check 'may read' asuser acdrctl status
status=0
asuser acdrctl apply cleaner-cores host --param cores=5-6 >"$scratch/out" 2>"$scratch/err" || status=$?
cat "$scratch/err"
check 'may not change anything: exit code 4' test "$status" == 4
check 'and is told so in one line' test "$(wc -l <"$scratch/err")" == 1
wait_for 'no claim is left' no_claims
host_becomes "$scratch/before"
