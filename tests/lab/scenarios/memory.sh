# Memory: a 1 GiB page reserved on node 1 before the guest allocates, and all of the guest's memory there; plain memory kept to
# one node; more than there is is refused. Needs LAB_APPEND='hugepagesz=1G hugepages=1:1'.
source ./acdr.sh
pages_on() { cat "/sys/devices/system/node/node$1/hugepages/hugepages-$2kB/nr_hugepages"; }
pages_are() { [[ $(pages_on "$1" "$2") == "$3" ]] || { pages_on "$1" "$2"; return 1; }; }
check 'the host has a page of 1 GiB from its boot' pages_are 1 1048576 1
# libvirt looks for hugetlbfs mounts of each size when it starts; this host has one for the usual size only.
mkdir -p /dev/hugepages1G
mount -t hugetlbfs -o pagesize=1G none /dev/hugepages1G
systemctl restart libvirtd.service
large=/sys/devices/system/node/node1/hugepages/hugepages-1048576kB/nr_hugepages
give_up=/run/give-up-the-page
cat >/etc/libvirt/hooks/qemu.d/0-page <<EOF
#!/bin/sh
[ "\$2" = prepare ] && [ -e $give_up ] && rm $give_up && echo 0 >$large
exit 0
EOF
chmod +x /etc/libvirt/hooks/qemu.d/0-page
quiet_host

cat >/etc/acdr/classes.d/large-pages.yaml <<'YAML'
api: acdr/v1
class: large-pages
summary: Cores, huge pages and all memory on node 1
include:
  - vnf: {node: "1"}
parameters:
  size: {type: size, default: 1GiB, min: 2MiB, help: Size of a page}
conditionings:
  - strict-numa: {node: "1"}
  - hugepages: {size: "${size}"}
YAML
cat >/etc/acdr/classes.d/near-memory.yaml <<'YAML'
api: acdr/v1
class: near-memory
summary: Cores and memory on node 1
include:
  - vnf: {node: "1"}
conditionings:
  - strict-numa: {node: "1"}
YAML
cat >/etc/acdr/classes.d/pages.yaml <<'YAML'
api: acdr/v1
class: pages
summary: Pages for the host
parameters:
  count: {type: integer, default: 4, min: 1, max: 1000000, help: How many}
  node: {type: string, default: "1", help: Where}
conditionings:
  - hugepages: {size: 2MiB, count: "${count}", node: "${node}"}
YAML
acdrctl reload

huge_maps() { grep -E '(^| )huge( |$)' "/proc/$(guest pid "$1")/numa_maps"; }
huge_pages_only_on() { # DOMAIN NODE: it has such pages, and none elsewhere
  local maps
  maps=$(huge_maps "$1")
  echo "$maps"
  [[ $maps == *" N$2="* ]] && ! grep -qE " N[^$2]=" <<<"$maps"
}
large_maps_only_on() { # DOMAIN NODE: every mapping of more than 4 MiB of its own memory; pages of files are where they were read first
  local maps
  maps=$(awk '{ for (i = 1; i <= NF; i++) if ($i ~ /^anon=/ && substr($i, 6) + 0 > 1000 && !/ file=/) print }' "/proc/$(guest pid "$1")/numa_maps")
  echo "$maps"
  [[ -n $maps ]] && ! grep -qE " N[^$2]=" <<<"$maps"
}

note 'a guest of one page of 1 GiB on node 1'
guest define big --vcpus 2 --memory 1024 --class large-pages --print |
  sed 's#</domain>#<memoryBacking><hugepages><page size="1" unit="GiB"/></hugepages></memoryBacking></domain>#' >"$scratch/big.xml"
virsh define "$scratch/big.xml"
# A running kernel has a whole GiB in one piece by luck only: this host has kept one from its boot, and gives it up right before acdr's
# hook. From boot it is memory for what cannot be moved, of which the kernel uses some at once; taken once more, it is for what can.
echo 0 >$large
echo 1 >$large
check 'it can be had again' pages_are 1 1048576 1
touch "$give_up"
guest start big
wait_for 'domain big is conditioned' confined big
check 'one page was reserved on node 1' pages_are 1 1048576 1
check 'all of its huge pages are on node 1' huge_pages_only_on big 1
check "its memory may come from node 1 only" says '^1$' cat /sys/fs/cgroup/machine.slice/machine-qemu*big.scope/cpuset.mems
check 'acdrctl verify holds' acdrctl verify
guest stop big
wait_for 'no claim is left' no_claims
check 'the page is given back' pages_are 1 1048576 0
host_becomes "$scratch/before" --ignore hugepages-1048576kB/nr_hugepages
host-state save "$scratch/before"

note 'plain memory on one node'
guest define near --vcpus 2 --memory 256 --busy --class near-memory
guest start near
wait_for 'domain near is conditioned' confined near
check 'its memory is on node 1' bash -c "grep -q ' N1=' /proc/$(guest pid near)/numa_maps"
check 'no large part of it is elsewhere' large_maps_only_on near 1
guest stop near
wait_for 'no claim is left then' no_claims
host_becomes "$scratch/before"

note 'pages for the host, and more than there are'
check 'four pages' acdrctl apply pages host
check 'they are there' pages_are 1 2048 4
check 'release' acdrctl release host
host_becomes "$scratch/before"
check 'more than the memory is refused' refuses 4 free acdrctl apply pages host --param count=100000
check 'a node that is not there is refused' refuses 2 node acdrctl apply pages host --param node=7
host_becomes "$scratch/before"
