# shellcheck shell=bash
# acdr.sh - what the scenarios about acdr share: sets of CPUs, claims, and who runs where. Loaded after lib.sh.

quiet_host() { # what moves masks by itself would make every comparison a guess
  systemctl stop irqbalance.service
  # libvirtd was there before the package, and looks for hooks only when it starts.
  systemctl restart libvirtd.service
  wait_for 'acdr is connected to libvirt' \
    bash -c '[[ $(busctl get-property org.acdr1 /org/acdr1 org.acdr1.Manager LibvirtConnected) == "b true" ]]'
  host-state save "$scratch/before"
}

expand() { # CPU LIST: one number a line
  local part
  for part in ${1//,/ }; do seq "${part%-*}" "${part#*-}"; done
}
disjoint() { [[ -z $(comm -12 <(expand "$1" | sort) <(expand "$2" | sort)) ]]; }
within() { [[ -n $1 && -z $(comm -23 <(expand "$1" | sort) <(expand "$2" | sort)) ]]; }

claim() { # DOMAIN|host FIELD: cores, helpers, state
  acdrctl status --json | jq -er --arg name "$1" --arg field "$2" \
    '.claims[] | select(.name == $name or .name == "domain " + $name) | (.allocation[$field] // .[$field])'
}
is_active() { [[ $(claim "$1" state) == active ]]; }
no_claims() { [[ $(acdrctl status --json | jq '.claims | length') == 0 ]]; }
confined() { # DOMAIN: active, and every vCPU on its cores alone
  is_active "$1" && threads_on "$1" 'vcpu.*' "$(claim "$1" cores)"
}

# KVM's own kvm-nx-lpage-re is left out: from 6.12 on the first vCPU to run makes it, in its own cgroup (docs/kernel-notes.md).
threads_on() { # DOMAIN ROLE-PATTERN CPUS: there are such threads, and each is allowed on these CPUs only
  local found
  found=$(guest threads "$1" | awk -F'\t' -v role="^($2)\$" '$1 ~ role && $3 !~ /^kvm-nx/ { print $5 }')
  [[ -n $found ]] || { echo "$1 has no thread $2"; return 1; }
  local cpus
  while read -r cpus; do within "$cpus" "$3" || { echo "a thread $2 of $1 may run on $cpus, not only on $3"; return 1; }; done <<<"$found"
}

strangers_on() { # CPUS EXCEPT-SCOPE-OF: prints movable threads outside the domains' scopes that may run there
  local cpus=$1
  python3 - "$cpus" <<'PY'
import os, sys
def expand(text):
    out = set()
    for part in text.split(','):
        a, _, b = part.partition('-')
        out |= set(range(int(a), int(b or a) + 1))
    return out
cores = expand(sys.argv[1])
for tid in [t for p in os.listdir('/proc') if p.isdigit() for t in (os.listdir(f'/proc/{p}/task') if os.path.isdir(f'/proc/{p}/task') else [])]:
    try:
        stat = open(f'/proc/{tid}/stat').read()
        comm = stat[stat.index('(') + 1:stat.rindex(')')]
        flags = int(stat[stat.rindex(')') + 2:].split()[6])
        cgroup = open(f'/proc/{tid}/cgroup').read()
        allowed = os.sched_getaffinity(int(tid))
    except (OSError, ValueError):
        continue
    if flags & 0x04000000 or 'machine-qemu' in cgroup or not allowed & cores:
        continue
    print(tid, comm, sorted(allowed))
PY
}
no_strangers() { # CPUS
  local found
  found=$(strangers_on "$1")
  echo "$found"
  [[ -z $found ]]
}

movable_irqs_off() { # CPUS: no movable interrupt with a handler may go there
  local irq mask bad=''
  for irq in /proc/irq/[0-9]*; do
    compgen -G "$irq/*/" >/dev/null || continue
    # A text that cannot be parsed is EINVAL for a movable interrupt and EIO or EPERM for a fixed one.
    [[ $( (echo x >"$irq/smp_affinity_list") 2>&1) == *'Invalid argument'* ]] || continue
    mask=$(<"$irq/smp_affinity_list")
    disjoint "$mask" "$1" || bad+="IRQ ${irq##*/} may go to $mask; "
  done
  [[ -z $bad ]] || { echo "$bad"; return 1; }
}

trace_within() { # TRACE-JSON DOMAIN CPUS: every kvm_entry of the domain's vCPUs was there, and there were some
  jq -r --arg guest "$2" '.threads[] | select(.guest == $guest) | .cpus' "$1" >"$scratch/traced"
  cat "$1"
  [[ -s $scratch/traced && $(jq .dropped "$1") == 0 ]] || return 1
  local cpus
  while read -r cpus; do within "$cpus" "$3" || return 1; done <"$scratch/traced"
}

refuses() { # EXIT-CODE TEXT COMMAND...: it says no, with this code and one line that has the text in it
  local status=0 code=$1 text=$2
  shift 2
  "$@" >"$scratch/said" 2>&1 || status=$?
  cat "$scratch/said"
  [[ $status == "$code" && $(<"$scratch/said") == *"$text"* && $(wc -l <"$scratch/said") == 1 ]]
}
