# Live migration between two hosts: the target is ready before the domain runs there, the source gets everything back; a
# migration that fails, is broken off or is refused leaves neither side changed.
# peer: bookworm-bpo
source ./acdr.sh
quiet_host

ssh peer 'cat >/run/lab/ask' <<'SCRIPT'
source ./lib.sh
trap - EXIT ERR
set +e
rmdir "$scratch"
scratch=/run/lab
source ./acdr.sh
"$@"
SCRIPT
there() { ssh peer "cd /run/lab && bash ./ask $(printf '%q ' "$@")"; } # COMMAND, or a function of acdr.sh
there_unchanged() { there host-state save now && there host-state diff before now; }
socket=/var/lib/libvirt/qemu/migration.sock
ssh -N -o StreamLocalBindUnlink=yes -L "$socket:$socket" peer >/dev/null 2>&1 &
link=$!
wait_for 'the hosts are linked' test -S "$socket"
migrate() { virsh migrate --live web qemu+ssh://peer/system --migrateuri "unix://${1:-$socket}"; } # [SOCKET]
neither_changed() {
  wait_for 'the source keeps its claim' confined web
  check 'on the same cores' test "$(claim web cores)" == "$cores"
  check 'acdrctl verify holds here' acdrctl verify
  wait_for 'the target holds no claim' there no_claims
  wait_for 'the target is what it was' there_unchanged
  host_becomes "$scratch/with-web"
}

gateway() { # class gateway, with what stdin adds to it
  printf 'api: acdr/v1\nclass: gateway\nsummary: A gateway\ninclude:\n  - vnf\nconditionings:\n  - numa-balancing: {state: "off"}\n'
  cat
}
gateway </dev/null >/etc/acdr/classes.d/gateway.yaml
check 'the class here' acdrctl reload
gateway_there() {
  gateway | ssh peer 'cat >/etc/acdr/classes.d/gateway.yaml'
  check 'the class there' there acdrctl reload
}
gateway_there </dev/null

guest define web --vcpus 2 --queues 2 --memory 256 --busy --class gateway
there guest define web --busy && there guest remove web # the kernel of a busy guest is there as well
there host-state save before
guest start web
wait_for 'the domain is conditioned here' confined web
cores=$(claim web cores)
host-state save "$scratch/with-web"

note 'a migration that cannot reach the target'
check 'fails' not migrate /run/nobody.sock
neither_changed

note 'a migration that is broken off'
kill -STOP "$link" # so that it cannot end
migrate >"$scratch/broken-off" 2>&1 &
migration=$!
wait_for 'it is under way' says '^Job type: +Unbounded' virsh domjobinfo web
wait_for 'the target has cores ready before the domain runs there' there is_active web
check 'virsh domjobabort' virsh domjobabort web
kill -CONT "$link"
check 'it has failed' not wait "$migration"
neither_changed

note 'a migration that the target refuses'
gateway_there <<'YAML'
  - hugepages: {size: 1GiB, count: 1000}
required: true
YAML
check 'is refused' bash -c "! virsh migrate --live web qemu+ssh://peer/system --migrateuri unix://$socket 2>'$scratch/refused'"
cat "$scratch/refused"
check 'with the reason' grep -q 'acdr: ' "$scratch/refused"
neither_changed
gateway_there </dev/null

note 'a migration'
there trace-guest start
check 'succeeds' migrate
wait_for 'the target has it conditioned' there confined web
check 'acdrctl verify holds there' there acdrctl verify
wait_for 'no claim is left here' no_claims
host_becomes "$scratch/before"
there trace-guest stop >"$scratch/trace"
check 'no guest instruction ran off its cores there' trace_within "$scratch/trace" web "$(there claim web cores)"
check 'the domain ends there' there guest stop web
wait_for 'no claim is left there' there no_claims
wait_for 'the target is what it was' there_unchanged
