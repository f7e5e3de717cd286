# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# make bench-profile CASES=case/size [SECCOMP=rust|c]: in which functions the
# instructions of one round of a case are. QEMU is told, once the guest is at it,
# to run single instructions and to log them for a moment.

# Kept out of the results: it is large, and soon of no use.
PROFILE_TRACE=$BENCH_RUNS/trace

profile_guest()
{
	boot "$1" exact 1 "$BUILD/$VARIANT-$SECCOMP/bzImage" "$BENCH_RUNS/initramfs.cpio" "" \
		"${MONITOR[@]}"
}

# Until the guest says that it does the same again and again.
profile_await()
{
	while ! grep -qs '# bench: again' "$LOGS/$1.out"; do
		if [ "$(beside_busy)" = 0 ] || grep -qs '^# kit: ended' "$LOGS/$1.out"; then
			tail -n 3 "$LOGS/$1.out" >&2
			die "the guest has ended; has $CASES no round that can be repeated?"
		fi
		sleep 0.2
	done
}

# Until there is enough of the log: some rounds of the longest cases.
profile_full()
{
	local start=$SECONDS size=0

	while [ "$size" -lt $((48 << 20)) ] && [ $((SECONDS - start)) -lt 60 ]; do
		sleep 0.2
		size=$(stat -c %s "$PROFILE_TRACE" 2>/dev/null || say 0)
	done
}

bench_profile()
{
	local run=bench-profile

	case $CASES in "" | *[[:space:]\*\?]*) die "CASES is to name one case and size, as call.args/8" ;; esac
	MODE=exact
	bench_setup
	kernel_build "$VARIANT" "$SECCOMP"
	bench_initramfs -p
	boot_monitor "$run"
	rm -f "$LOGS/$run.out"
	# The command has another name since QEMU 8.1. One that is not known does
	# no more than to say so.
	beside profile_guest "$run"
	exec 7<>"$LOGS/$run.monitor.in" 6<>"$LOGS/$run.monitor.out"
	profile_await "$run"
	printf '%s\n' "logfile $PROFILE_TRACE" "singlestep on" "one-insn-per-tb on" \
		"log exec,nochain" >&7
	profile_full
	# A guest that is logged so may leave QEMU no time to hear of anything else.
	kill -TERM "$BESIDE"
	beside_ended 2>/dev/null || true
	exec 7>&- 6>&-
	"$NM" -C "$BUILD/$VARIANT-$SECCOMP/vmlinux" >"$BENCH_RUNS/kernel.nm"
	"$NM" -C "$PROGRAMS/bench/bench" >"$BENCH_RUNS/program.nm"
	say "$CASES, $SECCOMP, $(bench_tools):"
	perl "$KIT/bench-profile.pl" "$PROFILE_TRACE" "$BENCH_RUNS"/{kernel,program}.nm
	rm -f "$PROFILE_TRACE"
}
