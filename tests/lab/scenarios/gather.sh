# What a bug report needs is packed on a host with a live claim, and a plan on the unpacked copy is the plan of the host.
source ./acdr.sh
quiet_host
guest define web --vcpus 2 --queues 2 --class vnf
guest start web
wait_for 'the domain is conditioned' confined web
note 'acdrctl doctor'
acdrctl doctor || true
check 'nothing is to be fixed on this host' acdrctl doctor --quiet
check 'an unprivileged user can ask, too' runuser -u tester -- acdrctl doctor
check 'its JSON says the same' bash -c 'acdrctl doctor --json | jq -e ".works == true and (.findings | length) > 8"'
check 'the interrupts that cannot be moved are counted' says '^note +interrupts +[1-9][0-9]* of those' acdrctl doctor

host-state save "$scratch/gathering"
check 'acdrctl gather' acdrctl gather "$scratch/report.tar.gz"
host_becomes "$scratch/gathering"
check 'it is for its owner only' test "$(stat -c %a "$scratch/report.tar.gz")" == 600
refused_again() { refuses 1 'name another file' acdrctl gather "$scratch/report.tar.gz"; }
check 'a file that is there is not replaced' refused_again
check 'another name is a usage error' refuses 2 'does not end in' acdrctl gather "$scratch/report.rar"
mkdir "$scratch/unpacked"
tar -xf "$scratch/report.tar.gz" -C "$scratch/unpacked"
root=$(echo "$scratch"/unpacked/acdr-*)
du -sh "$root" "$scratch/report.tar.gz"
check 'the ledger is in it' test -s "$root/acdr/ledger.db"
check 'and what the daemon says' jq -e '.claims[0].name == "domain web"' "$root/acdr/status.json"
check 'and the log' jq -e '.records | length > 0' "$root/acdr/log.json"
no_command_lines() { [[ -z $(find "$root/proc" -path '*/[0-9]*/cmdline' -o -name environ) ]] && ! grep -rq 'qemu-system.*-name' "$root"; }
check 'no command lines of processes' no_command_lines
check 'no domain XML' not grep -rq '<domain' "$root"

check 'the topology is that of the host' \
  diff <(acdrctl topology --json) <(acdrctl topology --json --host-root "$root")
check 'doctor works on it' bash -c "acdrctl doctor --host-root $root"
acdrctl release web
wait_for 'the claim is given up' no_claims
guest stop web
host_becomes "$scratch/before"
check 'acdrctl gather, once nothing is conditioned' acdrctl gather "$scratch/idle.tar.gz"
mkdir "$scratch/idle"
tar -xf "$scratch/idle.tar.gz" -C "$scratch/idle"
root=$(echo "$scratch"/idle/acdr-*)
knobs() { jq -r '.changes[] | select(.knob | test("^(irq|workqueue|cgroup:(system|user|init)[.]s)")) | [.knob, .to] | @tsv'; }
for class in cleaner-cores irq-ban; do
  acdrctl plan "$class" host --param cores=2-3 --json | knobs | sort >"$scratch/live"
  acdrctl plan "$class" host --param cores=2-3 --json --host-root "$root" | knobs | sort >"$scratch/recorded"
  wc -l "$scratch/live" "$scratch/recorded"
  check "a plan of $class on the copy wants what one on the host wants" bash -c "[[ -s $scratch/live ]] && diff $scratch/live $scratch/recorded"
done
host_becomes "$scratch/before"
