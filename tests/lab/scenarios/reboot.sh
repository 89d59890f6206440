# The host restarts, and the ledger of the boot before is there again when acdrd starts: nothing of it is used. The permanent
# host class and the autostarted domain are conditioned, other claims are forgotten, and what is given back is this boot's.
source ./acdr.sh
kept=/var/lib/reboot
ratio=vm.dirty_background_ratio
irq=$(awk '/uplink0-TxRx-0$/ { sub(":",""); print $1; exit }' /proc/interrupts)
claims_are() { # JSON
  local found
  found=$(acdrctl status --json | jq -c '[.claims[] | "\(.name), \(.class), \(.permanent)"] | sort')
  [[ $found == "$1" ]] || { echo "$found"; return 1; }
}
all_active() { acdrctl status --json | jq -e '[.claims[] | select(.state != "active")] == []'; }
ratio_is() { [[ $(sysctl -n "$ratio") == "$1" ]]; }

if [[ ${boot:?} == 1 ]]; then
  mkdir "$kept"
  sysctl -n "$ratio" >"$kept/ratio"
  quiet_host
  systemctl --quiet disable irqbalance.service
  # Baselines that only this boot has.
  sysctl -qw "$ratio=7"
  echo 1-2 >"/proc/irq/$irq/smp_affinity_list"

  guest define web --vcpus 2 --queues 2 --busy --class vnf
  virsh --quiet autostart web
  guest define batch --vcpus 2 --class throughput
  check 'a permanent host class' acdrctl apply quiet-host host --permanent --param cores=6-7
  check 'another one, not permanent' acdrctl apply irq-ban host --param cores=1
  guest start web
  guest start batch
  wait_for 'all is conditioned' all_active
  check 'these are the claims' claims_are \
    '["domain batch, throughput, false","domain web, vnf, false","host, irq-ban, false","host, quiet-host, true"]'
  cp -a /run/acdr/ledger.db /run/acdr/ledger.db.copy "$kept"
  check 'the ledger knows the old values' python3 - "$kept/ledger.db" <<'PY'
import sqlite3, sys
rows = dict(sqlite3.connect(sys.argv[1]).execute('SELECT knob.id, text FROM knob JOIN value ON value.id = baseline'))
print(rows)
sys.exit(not any('dirty_background_ratio' in knob and '7' in value for knob, value in rows.items()))
PY

  # Once in the next boot, before the daemon; what the host is without one is seen by the way.
  mkdir -p /etc/systemd/system/acdrd.service.d
  cat >/etc/systemd/system/acdrd.service.d/old-ledger.conf <<UNIT
[Service]
ExecStartPre=+/bin/sh -c '[ -e /run/old-ledger ] || { host-state save /run/before && cp -a $kept/ledger.db* /run/acdr/ && touch /run/old-ledger; }'
UNIT
  # libvirt-guests would wait for guests that do not hear it.
  for domain in web batch; do kill -9 "$(guest pid "$domain")"; done
  reboots
fi

check 'the old ledger was there before the daemon' test -e /run/old-ledger
other_boot() { ! grep -q "$(</proc/sys/kernel/random/boot_id)" "$kept/ledger.db"; }
check 'it is of another boot' other_boot
wait_for 'the autostarted domain is conditioned' confined web
wait_for 'so is the host' all_active
# Step by step while it starts: the helpers are the last.
settled() { threads_on web emulator "$(claim web helpers)"; }
wait_for 'and the domain has its helpers' settled
check 'these are the claims, and no other' claims_are '["domain web, vnf, false","host, quiet-host, true"]'
check 'the permanent one has its cores' test "$(claim host cores)" == 6-7
for cores in "$(claim web cores)" 6-7; do check "nobody else may run on $cores" no_strangers "$cores"; done
check 'acdrctl verify holds' acdrctl verify

note 'no old value'
untouched() { # KNOB
  local found
  found=$(journalctl --boot --output cat "ACDR_KNOB=$1" "${@:2}")
  [[ -z $found ]] || { echo "$found"; return 1; }
}
check 'the sysctl of a claim that is forgotten was not touched' untouched "sysctl:$ratio"
check 'it is what this boot made it' ratio_is "$(<"$kept/ratio")"
check 'no interrupt was given its mask of that boot' untouched "irq:$irq:affinity" ACDR_TO=1-2
systemctl restart acdrd.service
wait_for 'a restarted daemon keeps the claims' confined web
check 'and no other' claims_are '["domain web, vnf, false","host, quiet-host, true"]'
guest start batch
wait_for 'a domain that was forgotten is conditioned when it starts' is_active batch
check 'its sysctl is set' ratio_is 5
guest stop batch
wait_for 'and then as this boot made it' ratio_is "$(<"$kept/ratio")"

guest stop web
check 'the permanent class is released' acdrctl release host
check 'it is forgotten' test -z "$(ls /etc/acdr/permanent.d)"
wait_for 'no claim is left' no_claims
# The NIC's interrupts came after the daemon, while the permanent class held: what they may do now is what the kernel gives them.
nic_is_free() {
  local irqs
  irqs=$(awk '/uplink0/ { sub(":", ""); print $1 }' /proc/interrupts)
  for irq in $irqs; do [[ $(<"/proc/irq/$irq/smp_affinity_list") == 4-7 ]] || { grep . "/proc/irq/$irq/smp_affinity_list"; return 1; }; done
}
check "the NIC's interrupts may go to its whole node" nic_is_free
# Boot goes on meanwhile: interrupts, NICs and controllers come, and processes go from the cgroup that they were made in to their own.
# A bridge offers what its ports do (br_features_recompute), and the NIC may become its port after the daemon has started.
host_becomes /run/before --ignore '^irq [0-9]+: new' --ignore 'subtree_control: |netdev_rss_key|^ethtool (uplink0 -[lckx]|br0 -k)' \
  --ignore '^thread .* (cgroup|scheduling): '
