# irqbalance runs: it is told which CPUs are banned, does not fight, and gets its own setting back.
source ./acdr.sh
banned() { # the CPUs irqbalance says it bans, as a mask
  python3 - <<'PY'
import array, glob, os, socket
s = socket.socket(socket.AF_UNIX)
s.connect(glob.glob('/run/irqbalance/irqbalance*.sock')[0])
import struct
s.sendmsg([b'setup'], [(socket.SOL_SOCKET, socket.SCM_CREDENTIALS, struct.pack('iii', os.getpid(), 0, 0))])
print(s.recv(65536).decode().split('BANNED')[1].split()[0])
PY
}
wait_for 'irqbalance answers' banned
before=$(banned)
note "irqbalance bans $before before"
check 'interrupts are banned from two cores' acdrctl apply irq-ban host --param cores=4-5
note "irqbalance bans $(banned) now"
told() { [[ $((0x$(banned | tr -d ,) & 0x30)) == 48 ]]; }
# irqbalance acts on what it is told with its next round, every ten seconds.
wait_for 'irqbalance keeps off them' told
check 'no movable interrupt may go there' movable_irqs_off 4-5
systemctl restart irqbalance.service
wait_for 'a restarted irqbalance is told again' told
check 'no movable interrupt may go there still' movable_irqs_off 4-5
check 'acdrctl verify holds' acdrctl verify
check 'release' acdrctl release host
own_setting() { [[ $(banned) == "$before" ]]; }
wait_for 'irqbalance has its own setting back' own_setting
