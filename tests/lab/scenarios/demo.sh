# A domain tagged `vnf`: its cores before, during and after. What README's ./demo shows.
source ./acdr.sh
quiet_host
show() { # WHAT
  printf '\n== %s\n' "$1"
  printf '   %-28s %s\n' 'system.slice may run on' "$(cat /sys/fs/cgroup/system.slice/cpuset.cpus.effective)"
  printf '   %-28s %s\n' 'PID 1 may run on' "$(taskset -pc 1 | sed 's/.*: //')"
  printf '   %-28s %s\n' 'new interrupts go to (mask)' "$(cat /proc/irq/default_smp_affinity)"
  printf '   %-28s %s\n' 'unbound work queues (mask)' "$(cat /sys/devices/virtual/workqueue/cpumask)"
  [[ -z $(virsh list --name) ]] || guest threads web | awk -F'\t' '{ printf "   %-28s %s\n", $1 " (" $3 ")", $5 }'
}
guest define web --vcpus 2 --queues 2 --busy --class vnf
show 'before'
guest start web
wait_for 'the domain is conditioned' confined web
show 'while the domain runs'
printf '\n$ acdrctl status\n'
acdrctl status
printf '\n$ acdrctl verify\n'
acdrctl verify
guest stop web
wait_for 'the domain has ended and holds nothing' no_claims
show 'after'
host_becomes "$scratch/before"
