# The other host of a scenario with two: acdr runs there, and libvirt knows its hook.
source ./acdr.sh
hostname peer
quiet_host
check 'no claim is there' no_claims
