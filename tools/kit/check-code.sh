# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# The rules about the machine code of the implementation. What they look at is built by
# check-object.sh.

# What core calls when there is nothing else left to do: core::panicking itself, or a
# function that ends there, as core::option::unwrap_failed.
PANICS='core.*(panic|_fail)'

# The modules of the kernel crate that are ours, as alternatives of a pattern.
our_modules()
{
	(cd "$TOP/rust" && find kernel -name '*.rs') | sed 's,\.rs$,,; s,/,::,g' | sort | paste -sd'|'
}

# crate_panics OBJECT: our functions in the kernel crate from which there is a way to a
# panic, and which.
crate_panics()
{
	"${NM/nm/objdump}" -d -r -C --no-show-raw-insn "$1" |
		awk -v ours="^<*($(our_modules))([^a-z_]|\$)" -v panics="$PANICS" '
			/^[0-9a-f]+ <.*>:$/ {
				sub(/^[0-9a-f]+ </, "")
				sub(/>:$/, "")
				function_name = $0
				inside = function_name ~ ours
				functions += inside
				next
			}
			inside && $2 ~ /^R_/ && $3 ~ panics { print function_name ": " $3 }
			END {
				if (!functions)
					print "none of our functions is there"
			}'
}

# ways_to_panic OUT: from what of ours in an object directory there is a way to a panic.
ways_to_panic()
{
	local out=$1 object undefined

	find "$out/kernel/seccomp" -name '*.o' | while IFS= read -r object; do
		undefined=$("$NM" -u "$object" 2>/dev/null) || say "$object: cannot be read"
		grep -E "$PANICS" <<<"$undefined" |
			awk -v object="${object#"${out%/*}/"}" '{ print object ": " $2 }' || true
	done
	crate_panics "$out/rust/kernel.o" | sed "s,^,${out##*/}/rust/kernel.o: ,"
	[ -n "$(find "$out/kernel/seccomp" -name '*.o')" ] || say "${out##*/}: no object to look at"
}

check_panic()
{
	local out

	for out in "$(kernel_out base rust)" "$CHECK_OUT" "$CHECK_LEAST"; do
		ways_to_panic "$out"
	done
}

# How many look-ups of a bit there are at least where all is compiled, the compiler
# joining some.
LOOKUPS=4

# unguarded_lookups OBJECT LEAST: look-ups of a bit by the number of a call, in the
# code that decides about calls. The bit is shifted to its place in a word, and the
# word indexed. Where the processor runs ahead of the comparison with the table's size
# the index has to be masked, by two instructions between the comparison and the
# shift, or by a call where helpers are not inlined.
unguarded_lookups()
{
	"${NM/nm/objdump}" -d -r -C --no-show-raw-insn "$1" | awk -v least="$2" '
		/^[0-9a-f]+ <.*>:$/ {
			function_name = $0
			sub(/^[0-9a-f]+ </, "", function_name)
			sub(/>:$/, "", function_name)
			inside = function_name ~ /^(__seccomp_permit_syscall|seccomp::run::(judge|judge_changed|traced_call))$/
			functions += inside
			guarded = 0
			last = ""
			next
		}
		!inside || NF < 2 { next }
		/array_index_nospec/ { guarded = 1 }
		$2 ~ /^sbb/ && last ~ /^cmp/ {
			split($0, operand, "%")
			sub(/,.*/, "", operand[2])
			if (operand[2] == operand[3])
				guarded = 1
		}
		$2 ~ /^shl/ && /%cl,/ {
			lookups++
			if (!guarded)
				print function_name " looks a bit up with an index that is not guarded, at " $1
			guarded = 0
		}
		{ last = $2 }
		END {
			if (lookups < least)
				print "found " lookups + 0 " look-ups in " functions + 0 " functions: this rule has to learn what they look like now"
		}'
}

check_nospec()
{
	local out least

	if arch_lacks nospec; then
		say "this rule knows no instructions of $ARCH"
		return 77
	fi
	while read -r out least; do
		unguarded_lookups "$out/kernel/seccomp/seccomp_main.o" "$least" |
			sed "s,^,${out##*/}: ,"
	done <<-END
		$(kernel_out base rust) $LOOKUPS
		$CHECK_OUT $LOOKUPS
		$CHECK_LEAST 2
	END
}

# How many looks at sleepers there are where all is compiled: two when a call is
# announced, for either way of waking, and two each when one is received, and when
# it is put back.
LOOKS=8

# unordered_looks OBJECT LOOKS: wake-ups before which it is looked, without the queue's
# lock, whether anybody sleeps, and no full barrier comes before that look. The look is
# what the branch around the wake-up compares: a register which has been loaded behind
# a barrier, with no call between. Who wakes everybody does not look, nor who wakes the
# task of a request, which has no key. Unit tests are left out. What is known at a
# branch is known where it goes to.
unordered_looks()
{
	"${NM/nm/objdump}" -d -r -C --no-show-raw-insn "$1" | awk -v expected="$2" '
		# The whole register of a part of it.
		function whole(reg) {
			sub(/^%/, "", reg)
			sub(/^e/, "r", reg)
			sub(/d$/, "", reg)
			return reg
		}
		function forget(names, list, i, n) {
			n = split(names, list, " ")
			for (i = 1; i <= n; i++)
				delete ordered[list[i]]
		}
		function keep(where, reg) {
			if (!(where in kept)) {
				kept[where] = barrier
				for (reg in ordered)
					kept_ordered[where, reg] = ordered[reg]
				return
			}
			kept[where] = kept[where] && barrier
			for (reg in registers)
				kept_ordered[where, reg] = kept_ordered[where, reg] && ordered[reg]
		}
		function restore(where, reg) {
			barrier = kept[where]
			for (reg in registers)
				ordered[reg] = kept_ordered[where, reg]
		}
		BEGIN {
			split("rax rbx rcx rdx rsi rdi rbp r8 r9 r10 r11 r12 r13 r14 r15", list, " ")
			for (i in list)
				registers[list[i]] = 1
		}
		/^[0-9a-f]+ <.*>:$/ {
			function_name = $0
			sub(/^[0-9a-f]+ </, "", function_name)
			sub(/>:$/, "", function_name)
			tests = function_name ~ /::(tests|testing)::|kunit_/
			split("", ordered)
			split("", kept)
			split("", kept_ordered)
			barrier = locked = compared = branch = around = everybody = all = away = 0
			next
		}
		tests { next }
		$2 == "R_X86_64_PLT32" && $3 ~ /^__wake_up(_on_current_cpu)?-/ {
			if (all)
				next
			looks++
			if (!around)
				print function_name " wakes, and this rule does not see a look, at " at
			else if (!behind)
				print function_name " looks at sleepers without a barrier before, at " at
			next
		}
		$2 ~ /^R_X86_64/ || NF < 2 { next }
		{
			sub(/[ \t]*#.*/, "")
			address = "0x" $1
			sub(/:$/, "", address)
			if (address in kept) {
				if (!away)
					keep(address)
				restore(address)
			}
			away = 0
			to = $NF ~ /^%[a-z0-9]+$/ ? whole($NF) : ""
		}
		$2 == "lock" { locked = 1; next }
		{
			if (locked && /addl[ \t]+\$0x0, -0x4\(%rsp\)/)
				barrier = 1
			locked = 0
		}
		# The last call of a function may be a jump.
		$2 ~ /^(call|jmp)/ {
			at = $1
			around = branch
			all = everybody
			branch = everybody = compared = 0
		}
		$2 ~ /^call/ {
			barrier = 0
			forget("rax rcx rdx rsi rdi r8 r9 r10 r11")
			next
		}
		$2 ~ /^j/ {
			keep($3)
			away = $2 == "jmp"
			if (!away) {
				branch = $2 ~ /^j(e|ne)$/ && compared
				behind = branch && ordered[looked_at]
				everybody = 0
			}
			next
		}
		# Neither of these changes what the next branch goes by.
		$2 !~ /^(mov|lea|push|pop|nop|cmov|set)/ { compared = 0 }
		$2 == "cmpq" && to != "" {
			compared = 1
			looked_at = to
			next
		}
		$2 == "xorl" && $NF == "%edx" { everybody = 1 }
		$2 ~ /^(cmp|test|nop|push)/ { next }
		to != "" {
			if ($2 == "movq" && $3 ~ /\(/)
				ordered[to] = barrier
			else if ($2 == "movq" && $3 ~ /^%/)
				ordered[to] = ordered[whole(substr($3, 1, length($3) - 1))]
			else
				ordered[to] = 0
		}
		END {
			if (looks != expected)
				print "found " looks + 0 " looks at sleepers and not " expected ": this rule has to learn what they look like now"
		}'
}

# One that is missing is seen by no test: the barrier keeps a processor from looking
# before its last store is seen by others, for which the time is too short under QEMU.
# Without CONFIG_SMP, as in the least variant, there is none.
check_barrier()
{
	local out

	if arch_lacks barrier; then
		say "this rule knows no instructions of $ARCH"
		return 77
	fi
	for out in "$(kernel_out base rust)" "$CHECK_OUT"; do
		unordered_looks "$out/kernel/seccomp/seccomp_main.o" "$LOOKS" |
			sed "s,^,${out##*/}: ,"
	done
}

# The order that accesses without a lock need, where the processor does not keep it
# by itself: in which function, as a pattern, which instruction, how many of them, and
# for what. ldar and stlr are a load and a store, ldaddl adds to a count; dmb ish is a
# full barrier, and dmb ishld one between loads. poll is there twice, as unit tests call
# it too; in finish one of the counts is that of a task's references.
orderings()
{
	cat <<-'END'
		seccomp::attach::set_mode_filter               stlr      2 the filter comes before its pointer
		seccomp::tsync::synchronise                    stlr      1 the filter comes before its pointer
		seccomp::tsync::synchronise_to_present         stlr      1 the filter comes before its pointer
		seccomp::attach::set_mode_filter               dmb.ish   1 the mode comes before the work bit
		seccomp::tsync::synchronise                    dmb.ish   1 the mode comes before the work bit
		seccomp::tsync::synchronise_to_present         dmb.ish   1 the mode comes before the work bit
		seccomp::syscall::seccomp                      dmb.ish   1 the mode comes before the work bit
		prctl_set_seccomp                              dmb.ish   1 the mode comes before the work bit
		__seccomp_permit_syscall                       dmb.ishld 1 the work bit is read before the mode
		seccomp::run::judge_changed                    dmb.ishld 1 the work bit is read before the mode
		<.*Linked<.*Request>>::wait                    ldar      4 what was done before a wake-up is seen
		<.*Linked<.*AddFd>>::scope.*                   ldar      2 what was done before a wake-up is seen
		<.*Found<.*Request>>::wake                     ldaddl    1 what was done before a wake-up is seen
		<.*Found<.*Request>>::wake_on_current_cpu      ldaddl    1 what was done before a wake-up is seen
		<.*Found<.*AddFd>>::finish                     ldaddl    2 what was done before a wake-up is seen
		<.*Listener>::close                            ldaddl    1 what was done before a wake-up is seen
		seccomp::notify::ioctl::put_back               ldaddl    1 what was done before a wake-up is seen
		<.*Listener>::close                            stlrb     1 a listener is closed
		seccomp::attach::set_mode_filter               ldarb     1 a listener is closed
		<.*Listener>::orphan                           dmb.ish   1 a listener has no users
		seccomp_filter_release                         dmb.ish   1 a listener has no users
		seccomp::notify::ioctl::recv                   ldarb     4 a listener has no users
		<.*ListenerFile.*>::poll                       ldarb     2 a listener has no users
		<.*ListenerFile.*>::poll                       ldar      2 poll counts requests
		seccomp::notify::request::notify               stlr      2 poll counts requests
		seccomp::notify::request::leave                stlr      1 poll counts requests
		seccomp::notify::ioctl::recv                   stlr      1 poll counts requests
		seccomp::notify::ioctl::send                   stlr      1 poll counts requests
		seccomp::notify::ioctl::put_back               stlr      1 poll counts requests
		<.*Linked<.*AddFd>>::scope.*                   stlr      1 poll counts requests
		<.*Listener>::close                            stlr      1 poll counts requests
		seccomp::notify::set_phase                     stlr      1 poll counts requests
		seccomp::notify::request::install              stlr      1 poll counts requests
	END
}

# wrong_orderings OBJECT: where the instructions are not as above, and which loads and
# stores with an order are not listed there. Unit tests are left out.
wrong_orderings()
{
	"${NM/nm/objdump}" -d -r -C --no-show-raw-insn "$1" | awk '
		FNR == NR {
			rows = NR
			place[NR] = $1
			instruction[NR] = $2
			number[NR] = $3
			$1 = $2 = $3 = ""
			sub(/^ */, "")
			purpose[NR] = $0
			next
		}
		/^[0-9a-f]+ <.*>:$/ {
			function_name = $0
			sub(/^[0-9a-f]+ </, "", function_name)
			sub(/>:$/, "", function_name)
			tests = function_name ~ /::(tests|testing)::|kunit_/
			split("", here)
			for (i = 1; i <= rows; i++)
				if (!tests && function_name ~ "^" place[i] "$") {
					here[instruction[i]] = i
					there[i] = 1
				}
			next
		}
		tests { next }
		{
			name = $2 == "dmb" ? $2 "." $3 : $2
			sub(/^ldapr/, "ldar", name)
		}
		name in here {
			found[here[name]]++
			next
		}
		name ~ /^(ldar|stlr)/ {
			print function_name " has a " name " that is not listed, at " $1
			wrong = 1
		}
		END {
			for (i = 1; i <= rows; i++) {
				sub(/\./, " ", instruction[i])
				if (!there[i])
					print "there is no function " place[i] ": " purpose[i]
				else if (found[i] != number[i])
					print place[i] " has " found[i] + 0 " " instruction[i] " and not " number[i] ": " purpose[i]
				else
					continue
				wrong = 1
			}
			if (wrong)
				print "where the source has the order, this rule has to learn what that looks like now"
		}' <(orderings) -
}

# One that is missing is seen by no test: x86-64 keeps the order by itself but for full
# barriers, and so does QEMU on such a machine whatever it emulates.
check_ordering()
{
	local out

	if arch_lacks ordering; then
		say "this rule knows no instructions of $ARCH, where each load and store has its order"
		return 77
	fi
	out=$(kernel_out base rust)
	wrong_orderings "$out/kernel/seccomp/seccomp_main.o" | sed "s,^,${out##*/}: ,"
}
