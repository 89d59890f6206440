# A running domain is tagged, re-tagged and untagged; a class is applied to it and released by hand.
source ./acdr.sh
quiet_host
guest define web --vcpus 2 --queues 2
guest start web
host-state save "$scratch/running"

check 'acdrctl tag writes the class into the domain' acdrctl tag web cleaner-cores --param cores=2-3
wait_for 'the running domain is conditioned' confined web
check 'on the cores of the tag' test "$(claim web cores)" == 2-3
check 'the persistent definition carries the tag' says 'urn:acdr:domain:1' virsh dumpxml --inactive web

check 'another class replaces the first' acdrctl tag web vnf --param cores=6-7
moved() { confined web && [[ $(claim web cores) == 6-7 ]]; }
wait_for 'the domain is conditioned anew' moved
check 'nobody else may run on the new cores' no_strangers 6-7
check 'acdrctl verify holds' acdrctl verify

check 'a release by hand' acdrctl release web
check 'no claim is left' no_claims
host_becomes "$scratch/running"
check 'an apply by hand' acdrctl apply vnf web
wait_for 'the domain is conditioned' confined web
check 'acdrctl untag' acdrctl untag web
check 'a claim made by hand stays until it is released by hand' is_active web
check 'a release by hand' acdrctl release web
host_becomes "$scratch/running"
guest stop web
host_becomes "$scratch/before"

note 'tag --adapt'
free_pages() { cat /sys/devices/system/node/node*/hugepages/hugepages-2048kB/free_hugepages | awk '{ n += $1 } END { print n }'; }
all_pages() { cat /sys/devices/system/node/node*/hugepages/hugepages-2048kB/nr_hugepages | awk '{ n += $1 } END { print n }'; }
guest define pages --vcpus 1 --memory 64
virsh dumpxml --inactive pages | sed 's|</devices>|<graphics type="vnc" passwd="sesame"/></devices>|' >"$scratch/pages.xml"
virsh define "$scratch/pages.xml" >/dev/null
virsh dumpxml --security-info --inactive pages >"$scratch/pages-before.xml"
guest start pages
check 'acdrctl tag --adapt' bash -c "acdrctl tag pages hugepages --adapt >'$scratch/adapted'"
cat "$scratch/adapted"
check 'it says what was added' grep -q "^added <memoryBacking><hugepages><page size='2048' unit='KiB'/>" "$scratch/adapted"
check 'and that it takes effect with the next start' grep -q '^domain pages runs, and has it from its next start on' "$scratch/adapted"
check 'the persistent definition asks for huge pages' says '<hugepages>' virsh dumpxml --inactive pages
check 'the running one is as it was' not says '<hugepages>' virsh dumpxml pages
check 'and carries the tag' says 'urn:acdr:domain:1' virsh dumpxml pages
virsh dumpxml --security-info --inactive pages >"$scratch/pages-after.xml"
only_added() { [[ -z $(diff "$scratch/pages-before.xml" "$scratch/pages-after.xml" | grep '^<') ]]; }
check 'nothing went away from the definition, passwords neither' only_added
check 'the password is there' grep -q sesame "$scratch/pages-after.xml"
check 'a second time there is nothing to adapt' test "$(acdrctl tag pages hugepages --adapt)" == 'nothing to adapt'
guest stop pages
host_becomes "$scratch/before"
guest start pages
in_pages() { (($(all_pages) >= 32 && $(free_pages) + 32 <= $(all_pages))); }
wait_for 'the next start has its memory in huge pages' in_pages
check 'the claim is active' is_active pages
check 'and lacks nothing' bash -c '[[ $(acdrctl status pages --json | jq ".claims[0].residuals | length") == 0 ]]'
guest stop pages
guest remove pages
host_becomes "$scratch/before"

guest define fleeting --vcpus 1 --print >"$scratch/fleeting.xml"
virsh --quiet create "$scratch/fleeting.xml"
virsh dumpxml fleeting >"$scratch/fleeting-before"
check 'a transient domain cannot be adapted: exit code 4, and one line' \
  refuses 4 'has no persistent definition' acdrctl tag fleeting hugepages --adapt
check 'it is not tagged either' diff "$scratch/fleeting-before" <(virsh dumpxml fleeting)
virsh --quiet destroy fleeting
host_becomes "$scratch/before"
