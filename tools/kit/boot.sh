# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# One boot under QEMU, watched: it ends when the guest does, when the kernel
# panics, or when nothing has been heard of it for too long.
#
#   exact     guest time counts instructions, and idle time is skipped: what
#             happens does not depend on how busy the host is
#   parallel  virtual CPUs run side by side: races show

# What a kernel prints when something is wrong with it, or with what is to look for
# that. A boot is ended there; what else it has said at such a level is looked at when
# its job is done, see messages.sh.
REPORTS='Kernel panic|Oops:|BUG:|WARNING:|UBSAN:|KASAN:|KCSAN:|KFENCE:|refcount_t:'
REPORTS+='|INFO: (task .* blocked|rcu|possible|trying|lockdep|suspicious|NMI|HARDIRQ|inconsistent)'
REPORTS+='|(possible|inconsistent|invalid|suspicious|possibly) .*(lock|RCU|irq|deadlock|wait context|usage)'
REPORTS+='|scheduling while atomic|sleeping function called|unreferenced object|bad unlock balance'
REPORTS+='|kmemleak: [1-9]|held lock freed|stack-protector|general protection fault.*\[#|rust_kernel: panicked'
REPORTS+='|Internal error:|BUG [^ ]+ \('
# What is benign is "Cannot allocate a scan area".
REPORTS+='|kmemleak: (Cannot allocate a kmemleak_object|Kernel memory leak detector disabled)|ODEBUG disabled'

# What one of these words may stand for without harm, but only while the tests faults_*
# have steps fail: stacks are unwound by frame pointers, and a timer has come in the few
# instructions of their return probes that have none.
HARMLESS="WARNING: kernel stack regs at [0-9a-f]+ in [^ ]+:[0-9]+ has bad 'bp' value"

# boot_reports CONSOLE: the lines of it that report something; fails if there are none.
boot_reports()
{
	kcsan_ours <"$1" | grep -aE "$REPORTS|seccomp_faults: " | awk -v harmless="$HARMLESS" '
		/seccomp_faults: steps fail from here on/ { failing = 1; next }
		/seccomp_faults: no step fails any more/ { failing = 0; next }
		failing && $0 ~ harmless { next }
		{ print; found = 1 }
		END { exit !found }'
}

# Shadow memory, lock classes and what kmemleak keeps take their time and space.
case $VARIANT in
debug | kcsan)
	BOOT_MEMORY=${BOOT_MEMORY:-3G}
	BOOT_IDLE=${BOOT_IDLE:-900}
	BOOT_LIMIT=${BOOT_LIMIT:-5400}
	;;
*)
	BOOT_MEMORY=${BOOT_MEMORY:-1G}
	BOOT_IDLE=${BOOT_IDLE:-240}
	BOOT_LIMIT=${BOOT_LIMIT:-1500}
	;;
esac

# Whether a guest gets anywhere under KVM here. A /dev/kvm that opens is no
# proof: on some nested hosts a kernel hangs before its first message.
kvm_works()
{
	local image=$1 verdict=$CACHE/kvm-verdict out=$LOGS/kvm-probe.log

	[ -w /dev/kvm ] && [ "$(uname -m)" = "${QEMU_SYSTEM##*-}" ] || return 1
	if [ ! -f "$verdict" ]; then
		(timeout -k 1 8 "$QEMU_SYSTEM" "${QEMU_MACHINE[@]}" -nodefaults -display none \
			-no-reboot -accel kvm -cpu host -m 512M -kernel "$image" -serial "file:$out" \
			-append "console=$BOOT_CONSOLE panic=-1" </dev/null || true) >/dev/null 2>&1
		# Without a root file system a working boot ends in a panic.
		if grep -qs 'Kernel panic' "$out"; then say yes; else say no; fi >"$verdict"
	fi
	[ "$(cat "$verdict")" = yes ]
}

# The kernel's log is to hold all that is said. The guest's first process finds the last
# word in its environment.
BOOT_ALWAYS="console=$BOOT_CONSOLE panic=-1 oops=panic log_buf_len=8M KIT_TTY=$BOOT_TTY"
[ "$VARIANT" != debug ] || BOOT_ALWAYS+="${BOOT_KASAN:+ $BOOT_KASAN}"
BOOT_APPEND="$BOOT_ALWAYS $BOOT_MITIGATE"

# In exact mode besides. A CPU's stock of free objects has pointers to those that were taken
# from it, which to kmemleak are as good as any. With checks of what is freed there is no such
# stock; nor need addresses be shown for them, with a warning of a page. Side by side, eight
# CPUs would do nothing but wait for the locks that come in its place.
BOOT_EXACT=
[ "$VARIANT" != debug ] || BOOT_EXACT=" slab_debug=F hash_pointers=always"

# boot_flags MODE CPUS IMAGE sets QEMU.
boot_flags()
{
	QEMU=("$QEMU_SYSTEM" "${QEMU_MACHINE[@]}" -nodefaults -no-user-config -display none
		-no-reboot -m "$BOOT_MEMORY" -smp "$2" -seed 1)
	if [ "$1" = exact ]; then
		QEMU+=(-cpu "$BOOT_CPU" -accel "tcg,thread=single" -icount "shift=0,sleep=off"
			-rtc "base=2026-01-01,clock=vm")
	elif [ "$KVM" = 1 ] && kvm_works "$3"; then
		QEMU+=(-cpu host -accel kvm)
	else
		QEMU+=(-cpu "$BOOT_CPU" -accel "tcg,thread=multi")
	fi
}

# boot_monitor NAME sets MONITOR, with which QEMU takes commands from build/log/NAME.monitor.in
# and answers in NAME.monitor.out. It holds both ends of both, and waits for nobody.
boot_monitor()
{
	MONITOR=(-chardev "pipe,id=monitor,path=$LOGS/$1.monitor"
		-mon "chardev=monitor,mode=readline")
	mkdir -p "$LOGS"
	rm -f "$LOGS/$1.monitor".{in,out}
	mkfifo "$LOGS/$1.monitor".{in,out}
}

# boot_inputs IMAGE: what decides about boots of it, besides the mode and the job, and about
# what is made of them.
boot_inputs()
{
	cat "$1" "$INITRAMFS" "$KIT"/{boot,kcsan,messages,tap}.sh "$KIT/messages.txt"
	say "$BOOT_CPU ${QEMU_MACHINE[*]} $BOOT_APPEND$BOOT_EXACT $KVM"
	"$QEMU_SYSTEM" --version
}

# boot NAME MODE CPUS IMAGE INITRAMFS [APPEND [QEMU-OPTION...]]: boots until the
# end, or until the guest has said what BOOT_UNTIL matches. The console is then in
# build/log/NAME.console, the job's words in build/log/NAME.out, and BOOT_VERDICT
# says "ok" or what went wrong. BOOT_FOLLOW, if set, is called with the file of the
# words time and again; BOOT_JOB, if set, is the job, and held to its own end.
boot()
{
	local name=$1 mode=$2 cpus=$3 image=$4 initramfs=$5 append=${6:-}
	local console=$LOGS/$1.console out=$LOGS/$1.out
	local pid start=$SECONDS heard=$SECONDS size last=0 stopped='' reported=''
	shift $(($# < 6 ? $# : 6))

	mkdir -p "$LOGS"
	: >"$console"
	: >"$out"
	rm -f "$LOGS/$name.hang"
	[ "$mode" != exact ] || append+=$BOOT_EXACT
	[ "$mode" != exact ] || [ "$cpus" = 1 ] || append+=" $BOOT_TURNS"
	boot_flags "$mode" "$cpus" "$image"
	boot_terminal words
	# What hangs in exact mode does so each time, and can be looked at then.
	if [ "$mode" = parallel ]; then
		append+=" $BOOT_HANG"
		boot_monitor "$name"
		QEMU+=("${MONITOR[@]}")
	fi
	set -m
	"${QEMU[@]}" -kernel "$image" -initrd "$initramfs" \
		-append "$BOOT_APPEND $append" \
		-serial "file:$console" -chardev "file,id=words,path=$out" "${TERMINAL[@]}" "$@" \
		</dev/null >"$LOGS/$name.qemu" 2>&1 8>&- 9>&- &
	pid=$!
	set +m
	PROGRESS_PIDS[$pid]=1
	while kill -0 "$pid" 2>/dev/null; do
		sleep 0.2
		[ -z "${BOOT_FOLLOW:-}" ] || "$BOOT_FOLLOW" "$out"
		size=$(stat -c %s "$console" "$out" | paste -sd+ | bc)
		if [ "$size" != "$last" ]; then
			last=$size
			heard=$SECONDS
			# One that is whole by now may turn out to be none.
			if boot_reports "$console" >/dev/null; then
				reported=${reported:-$SECONDS}
			else
				reported=
			fi
			[ -z "${BOOT_UNTIL:-}" ] || ! grep -aqE "$BOOT_UNTIL" "$console" "$out" || stopped=ok
		fi
		# Time for the rest of the report.
		if [ -n "$stopped" ]; then
			:
		elif [ -n "$reported" ] && [ $((SECONDS - reported)) -ge 3 ]; then
			stopped=$(boot_verdict "$console" "$out")
		elif [ $((SECONDS - heard)) -ge "$BOOT_IDLE" ]; then
			stopped="hung: nothing heard for $BOOT_IDLE s"
		elif [ $((SECONDS - start)) -ge "$BOOT_LIMIT" ]; then
			stopped="hung: still running after $BOOT_LIMIT s"
		fi
		if [ -n "$stopped" ]; then
			[[ $mode/$stopped != parallel/hung:* ]] || hang_explain "$pid" "$name" "$image"
			kill -KILL "$pid" 2>/dev/null || true
			break
		fi
	done
	wait "$pid" 2>/dev/null || [ -n "$stopped" ] || stopped="QEMU failed: $(tail -n 1 "$LOGS/$name.qemu")"
	unset "PROGRESS_PIDS[$pid]"
	[ -z "${BOOT_FOLLOW:-}" ] || "$BOOT_FOLLOW" "$out"
	kcsan_note "$name" "$console"
	BOOT_SECONDS=$((SECONDS - start))
	BOOT_VERDICT=${stopped:-$(boot_verdict "$console" "$out")}
}

# The guest's new words, from byte FOLLOWED to byte $2.
boot_words() { tail -c +$((FOLLOWED + 1)) "$1" | head -c $(($2 - FOLLOWED)); }

# New whole lines of the guest's words, as they come.
boot_follow()
{
	local size lines

	size=$(stat -c %s "$1")
	[ "$size" -gt "$FOLLOWED" ] || return 0
	lines=$(boot_words "$1" "$size" | tr -cd '\n' | wc -c)
	[ "$lines" -gt 0 ] || return 0
	size=$((FOLLOWED + $(boot_words "$1" "$size" | head -n "$lines" | wc -c)))
	boot_words "$1" "$size" | tr -d '\r' | sed -u '/^# kit: /d; s/# kit: ended [0-9]*$//'
	FOLLOWED=$size
}

# boot_unfinished OUT: what a job has left undone that is to show at its end what the
# kernel has said; fails if nothing. Such a job ends with status 0, whatever a test of it
# has come to. How others end is up to them.
boot_unfinished()
{
	local status

	[ -n "${BOOT_JOB:-}" ] && messages_wanted "$BOOT_JOB" || return 1
	status=$(boot_ended "$1")
	if [ "$status" != 0 ]; then
		say "the job broke off with status $status"
	elif [ "$VARIANT" = debug ] && ! grep -aq '^# kit: leaks looked for' "$1"; then
		say "kmemleak has not looked for leaks"
	elif ! grep -aq '^# kit: messages shown' "$1"; then
		say "the job has not shown all that the kernel has said"
	else
		return 1
	fi
}

boot_verdict()
{
	local report

	if report=$(boot_reports "$1"); then
		report=${report%%$'\n'*}
		case $report in
		*"Kernel panic"*) say "panic: $report" ;;
		*) say "kernel report: $report" ;;
		esac
	elif ! grep -aq '# kit: ended [0-9]' "$2"; then
		say "the guest stopped before its job was done"
	elif report=$(messages_unexpected "$2"); then
		say "unexpected message: $(head -n 1 <<<"$report")"
	elif report=$(boot_unfinished "$2"); then
		say "$report"
	else
		say ok
	fi | tr -d '\r'
}

# The status with which a job ended by its words, whose last line may have had no end.
boot_ended() { tr -d '\r' <"$1" | sed -n 's/^.*# kit: ended \([0-9]*\)$/\1/p' | tail -n 1; }

boot_status() { boot_ended "$LOGS/$1.out"; }

# What a person needs to see of a boot that went wrong.
boot_explain()
{
	local name=$1 console=$LOGS/$1.console report

	warn "$name: $BOOT_VERDICT"
	if report=$(boot_reports "$console"); then
		grep -aF -m 1 -A 30 -e "${report%%$'\n'*}" "$console"
	elif [[ $BOOT_VERDICT = "unexpected message"* ]]; then
		messages_unexpected "$LOGS/$name.out" | sed -n 1,25p
	else
		tail -n 25 "$console"
	fi | tr -d '\r' | sed 's/^/    /' >&2
	if [[ $BOOT_VERDICT = hung:* ]] && [ -e "$LOGS/$name.hang" ]; then
		sed '/^all registers/,$d; s/^/    /' "$LOGS/$name.hang" >&2
		warn "what it was at: $LOGS/$name.hang"
	fi
	warn "the console: $console"
}
