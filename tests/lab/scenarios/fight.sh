# Somebody sets an interrupt's affinity and a slice's cpuset back again and again, against a domain's claim: put right some twenty
# times, then left alone and named; put right once they have stopped, and what they wanted is what the host has after the
# domain, also when theirs was the last word.
source ./acdr.sh
quiet_host
irq=$(awk '/uplink0-TxRx-0$/ { sub(":", ""); print $1; exit }' /proc/interrupts)
was=$(<"/proc/irq/$irq/smp_affinity_list")
guest define web --vcpus 2 --queues 2 --busy --class vnf
guest start web
wait_for 'the domain is conditioned' confined web
cores=$(claim web cores) core=${cores%%[,-]*}

declare -A file=([irq]=/proc/irq/$irq/smp_affinity_list [slice]=/sys/fs/cgroup/system.slice/cpuset.cpus)
declare -A knob=([irq]=irq:$irq:affinity [slice]=cgroup:system.slice:cpus)
declare -A wanted=([irq]=$core [slice]=0-6) before=([irq]=$was [slice]=0-7)
within "$core" "${wanted[slice]}" || wanted[slice]=1-7
note "interrupt $irq, cores $cores"

fighter() { # FILE VALUE: as fast as it can, until told to end, or the scenario does
  while [[ ! -e $scratch/peace && -d /proc/$$ ]]; do [[ $(<"$1") == "$2" ]] || echo "$2" >"$1" || true; done
}
declare -A already
writes() { # WHAT: how often acdr has written it
  journalctl --sync
  journalctl --unit acdrd.service --output json "ACDR_KNOB=${knob[$1]}" | wc -l
}
fight() { # WHAT...
  local what
  rm -f "$scratch/peace"
  for what; do already[$what]=$(writes "$what"); done
  for what; do fighter "${file[$what]}" "${wanted[$what]}" >/dev/null 2>&1 & done
}
end_fight() {
  touch "$scratch/peace"
  wait
}
# One that is undone before it was read back looks as if the kernel had made that of it, and is not counted.
some_twenty() { echo "$1"; (($1 >= 20 && $1 <= 30)); }
is_named() { # WHAT
  acdrctl status --json | jq -e --arg knob "${knob[$1]} is" \
    '.claims[] | select(.name == "domain web") | select(.state == "degraded") | .problems[] | select(startswith($knob))'
}
is() { [[ $(<"${file[$1]}") == "$2" ]] || { cat "${file[$1]}"; return 1; }; } # WHAT VALUE
is_off() { disjoint "$(<"${file[$1]}")" "$cores" || { cat "${file[$1]}"; return 1; }; } # WHAT
calm() { # for two seconds acdr writes nothing
  local before
  before=$(acdrctl log --json)
  sleep 2
  [[ $(acdrctl log --json) == "$before" ]] || { acdrctl log | tail -n 5; return 1; }
}
holds() { confined web && acdrctl verify; }

note 'a fight for both'
fight irq slice
for what in irq slice; do
  wait_for "${knob[$what]} is left alone, and named" is_named "$what"
  wait_for 'theirs is the last word for now' is "$what" "${wanted[$what]}"
  check 'after some twenty repairs' some_twenty $(($(writes "$what") - already[$what]))
done
wait_for 'nobody fights now' calm
verify_fails() { # naming both
  local said status=0
  said=$(acdrctl verify) || status=$?
  echo "$said"
  [[ $status == 1 && $said == *"${knob[irq]} is"* && $said == *"${knob[slice]} is"* ]]
}
check 'acdrctl verify says what does not hold' verify_fails
check 'the domain never left its cores' threads_on web 'vcpu.*' "$cores"
end_fight
wait_for 'once they have stopped it is put right' holds
for what in irq slice; do check "${knob[$what]} keeps off the cores" is_off "$what"; done
guest stop web
wait_for 'no claim is left' no_claims
for what in irq slice; do
  check "${knob[$what]} is what they wanted" is "$what" "${wanted[$what]}"
  echo "${before[$what]}" >"${file[$what]}"
done
host_becomes "$scratch/before"

note 'a fight that lasts until the domain stops'
guest start web
wait_for 'the domain is conditioned again' confined web
fight irq slice
for what in irq slice; do wait_for "${knob[$what]} is left alone again" is_named "$what"; done
end_fight
guest stop web
wait_for 'no claim is left then' no_claims
for what in irq slice; do
  check "${knob[$what]} is still what they wanted" is "$what" "${wanted[$what]}"
  echo "${before[$what]}" >"${file[$what]}"
done
host_becomes "$scratch/before"
