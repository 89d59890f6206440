# One tagged domain, from before its first instruction to after its end, and everything that comes while it runs.
source ./acdr.sh
quiet_host

one_domain() { # NAME
  trace-guest start
  guest start "$1"
  wait_for "domain $1 is conditioned" confined "$1"
  trace-guest stop >"$scratch/trace-$1"
  local cores helpers
  cores=$(claim "$1" cores) helpers=$(claim "$1" helpers)
  note "cores $cores, helpers $helpers"
  check "from the first kvm_entry on, every guest instruction of $1 ran on its cores" trace_within "$scratch/trace-$1" "$1" "$cores"
  check "the emulator's threads run only on the helper cores" threads_on "$1" 'emulator|other' "$helpers"
  check "the vhost threads run only on the helper cores" threads_on "$1" vhost "$helpers"
  check "the iothreads run only on the helper cores" threads_on "$1" 'iothread.*' "$helpers"
  check "no other task or movable kernel thread may run on $cores" no_strangers "$cores"
  check "no movable interrupt may go to $cores" movable_irqs_off "$cores"
  check "acdrctl verify holds" acdrctl verify
}

guest define web --vcpus 2 --queues 2 --iothreads 1 --busy --class vnf
one_domain web
cores=$(claim web cores)
check 'interrupts that cannot be moved are named as residuals' \
  bash -c 'acdrctl status --json | jq -e "[.claims[].residuals[].what] | length > 0"'

note 'what comes while it runs'
systemd-run --quiet --unit=late sleep 600
check 'a new process does not get onto the cores' no_strangers "$cores"
guest define other --vcpus 2 --queues 2
guest start other
check 'a new domain without a class does not get onto the cores' \
  threads_on other 'vcpu.*|emulator|vhost' "$(comm -23 <(seq 0 7) <(expand "$cores") | paste -sd,)"
modprobe -r pktgen 2>/dev/null || true
modprobe pktgen
wait_for 'a new kernel thread does not get onto the cores' no_strangers "$cores"
check 'acdrctl verify still holds' acdrctl verify
modprobe -r pktgen

guest stop other
systemctl stop late.service
guest stop web
wait_for 'no claim is left' no_claims
host_becomes "$scratch/before"
