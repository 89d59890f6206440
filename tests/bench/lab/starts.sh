# From an event of a domain to a host that is conditioned for it, live: what libvirt waits for in the hook, from the machine scope
# to the last pin, from the end to the baseline; one start after the other, and so many at once. No figure is judged here.
# LAB_ENV='domains=4 rounds=7 at_once=50'. The guests are paused: what one executes would cost the host that is measured.
source ./acdr.sh
domains=${domains:-4} rounds=${rounds:-7} at_once=${at_once:-50}
quiet_host

for ((number = 1; number <= domains; ++number)); do
  guest define "web$number" --vcpus 1 --queues 1 --memory 64 --class vnf
done
check 'each start and stop was measured' python3 ./starts.py in-turn "$domains" "$rounds"
cat "$scratch/output"
check "$at_once starts were measured, $domains at once" python3 ./starts.py at-once "$domains" "$at_once"
cat "$scratch/output"
wait_for 'no claim is left' no_claims
host_becomes "$scratch/before"
