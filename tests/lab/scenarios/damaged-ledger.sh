# The ledger is cut short, filled with garbage or gone while a domain runs: its copy takes its place, for the daemon and for a
# rollback without one, and in the end the host is what it was.
source ./acdr.sh
quiet_host
ledger=/run/acdr/ledger.db
guest define web --vcpus 2 --queues 2 --busy --class vnf
guest start web
wait_for 'the domain is conditioned' confined web
cores=$(claim web cores)
host-state save "$scratch/with-web"
main_pid() { systemctl show --property MainPID --value acdrd.service; }

after() { # WHAT COMMAND...: the daemon dies, and finds the ledger like that
  local what=$1 before
  shift
  before=$(main_pid)
  systemctl kill -s STOP acdrd.service
  "$@"
  systemctl kill -s KILL acdrd.service
  another() { [[ $(main_pid) != "$before" ]] && confined web; }
  wait_for "$what: the claim is kept" another
  check 'on the same cores' test "$(claim web cores)" == "$cores"
  check 'acdrctl verify holds' acdrctl verify
  same_host "$scratch/with-web" <(host-state save -)
}
garbage() { dd if=/dev/urandom of="$ledger" bs=512 seek=3 count=8 conv=notrunc status=none; }
after 'cut short' truncate --size=5000 "$ledger"
after 'garbage' garbage
after 'cut short to nothing' truncate --size=0 "$ledger"
check 'the journal says so' says 'its copy takes its place' journalctl --unit acdrd.service

note 'a rollback'
has_failed() { systemctl --quiet is-failed acdrd.service; }
systemctl --quiet mask --runtime acdr-rollback.service
echo 'colour: red' >/etc/acdr/acdr.yaml
systemctl kill -s KILL acdrd.service
wait_for 'the daemon cannot start' has_failed
rm "$ledger"
check 'acdrctl rollback --all' acdrctl rollback --all
check 'nothing is kept off the cores' bash -c '[[ $(taskset -pc 1) == *": 0-7" ]]'
guest stop web
host_becomes "$scratch/before"
