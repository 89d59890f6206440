"""noise-table.py FILE: the tables of noise.sh, in Markdown, from what count.py wrote."""
import json
import sys

KINDS = ("movable tasks", "bound tasks", "movable interrupts", "fixed interrupts", "softirqs", "IPIs", "timer interrupts")
results = [json.loads(line) for line in open(sys.argv[1], encoding="utf-8")]
print("\nA second and core; tasks are switches to a foreign task\n")
print("| | " + " | ".join(KINDS) + " |")
print("|---" * (len(KINDS) + 1) + "|")
for result in results:
    per = result["seconds"] * result["cores"]
    print(f"| {result['situation']} | " + " | ".join(f"{result['totals'].get(kind, 0) / per:,.2f}" for kind in KINDS) + " |")
print("\nWhat they were (how many in all)")
for result in results:
    print(f"\n{result['situation']}, {result['seconds']:.0f} s, {result['cores']} cores")
    kinds = {}
    for kind, what, number in result["causes"]:
        kinds.setdefault(kind, []).append(f"{what} {number}")
    for kind, causes in kinds.items():
        print(f"  {kind}: {', '.join(causes[:12])}" + (f", {len(causes) - 12} others" if len(causes) > 12 else ""))
