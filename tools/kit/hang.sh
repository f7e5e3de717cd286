# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# What a guest is at that has gone silent: a hang that comes once in some hours has to be
# understood from the one time that it was seen. build/log/NAME.hang tells where each virtual
# CPU is, a few times over, and what QEMU's threads have used of the host's time meanwhile.
# Then the guest is sent an NMI, for which it panics and shows all tasks on its console, and
# the timers of the one processor that has taken the NMI, as the others are stopped by then.
# A guest that is whole has all tasks asleep there; whether a timer should have woken one is
# told by those, and by what QEMU has of each processor's. One whose console stays as it was
# does not take an NMI any more, or QEMU does not run it.

# How often and how far apart to look.
HANG_LOOKS=4
HANG_APART=1
# What the guest has for its panic, in seconds.
HANG_PANIC=30

# hang_ask NAME COMMAND: what QEMU answers, if it does within a second.
hang_ask()
{
	# Opened to be read too, it does not wait for a QEMU that has gone.
	printf '%s\n' "$2" 1<>"$LOGS/$1.monitor.in"
	timeout 1 cat "$LOGS/$1.monitor.out" || true
}

# What each thread of process $1 has used so far, in hundredths of a second.
hang_threads()
{
	local stat fields

	for stat in "/proc/$1/task"/*/stat; do
		fields=$(sed 's/.*) //' "$stat" 2>/dev/null) || continue
		read -r -a fields <<<"$fields"
		printf 'thread %s: %s user, %s system\n' "$(basename "${stat%/stat}")" \
			"${fields[11]}" "${fields[12]}"
	done
}

# hang_places VMLINUX: of the registers on standard input which CPU is in which function, and
# how: its level, whether it takes interrupts, whether it is halted.
hang_places()
{
	sed -n 's/\r$//; /^CPU#/p; /RIP=/p; /PC=/p' | awk -v map=<("$NM" -n "$1") '
		BEGIN {
			while ((getline line < map) > 0) {
				split(line, field, " ")
				if (field[2] ~ /[tT]/) {
					at[++n] = field[1]
					name[n] = field[3]
				}
			}
		}
		# The last function that begins at or before it: all numbers have as many digits.
		function place(address, low, high, middle) {
			low = 0
			high = n
			while (low < high) {
				middle = int((low + high + 1) / 2)
				if (at[middle] "" <= address "")
					low = middle
				else
					high = middle - 1
			}
			return low == 0 ? "a program" : low == n ? "code made at run time" : name[low]
		}
		/^CPU#/ { cpu = $1; next }
		match($0, /(RIP|PC)=[0-9a-f]+/) {
			address = substr($0, RSTART, RLENGTH)
			sub(/.*=/, "", address)
			print cpu ": " place(address) ", " $0
		}'
}

# hang_explain PID NAME IMAGE: writes it, and lets the guest panic. QEMU is still there.
hang_explain()
{
	local pid=$1 name=$2 image=$3 hang=$LOGS/$2.hang since=$SECONDS cpu i

	{
		for ((i = 0; i < HANG_LOOKS; i++)); do
			say "after $((SECONDS - since)) s:"
			hang_threads "$pid"
			hang_ask "$name" "info registers -a" >"$hang.registers"
			hang_places "${image%/*}/vmlinux" <"$hang.registers"
			sleep "$HANG_APART"
		done
		say "all registers:"
		sed -n 's/\r$//; /^CPU#/,$p' "$hang.registers"
		for cpu in $(sed -n 's/^CPU#\([0-9]*\).*/\1/p' "$hang.registers"); do
			[ -z "$HANG_INTERRUPTS" ] || hang_ask "$name" "$HANG_INTERRUPTS $cpu" |
				sed -n 's/\r$//; /^dumping/,/^PPR/p'
		done
		rm -f "$hang.registers"
	} >"$hang"
	[ -n "$BOOT_HANG" ] || return 0
	hang_ask "$name" nmi >/dev/null
	since=$SECONDS
	while kill -0 "$pid" 2>/dev/null && [ $((SECONDS - since)) -lt "$HANG_PANIC" ]; do
		sleep 0.2
	done
}
