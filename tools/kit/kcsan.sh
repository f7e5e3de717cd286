# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# What KCSAN has to say, of which not all is about the implementation. The tree has data
# races of its own, between two functions of C, and a long run comes upon some. A report is
# one of those if none of its stacks has a function of ours, the kernel crate's included:
# whatever we do, or have C do for us there and then, has one, and what C does later of
# itself, as freeing a program, meets a side of ours that has one. It has two stacks, or one
# where the other side is code of which KCSAN is not told, like the scheduler: in what is
# ours it is told of each write. All else is kept, and so is a report that is not whole yet,
# or that anything else has got into. tools/kit/reports/ has an example of each.
#
# Two things are no function of ours on a stack. One that was interrupted, or that has had
# the task end: what comes upon the stack then is not done for it. And one that takes or
# leaves a lock, if both sides are the lock's own: who comes to a mutex looks plainly at the
# one next to it in the queue, to decide whether it pays to ask, or to wait awake; what
# counts is then seen under the queue's lock, or by an atomic exchange. C is reported alike.

# kcsan_reports own|others: of a log, all but the reports of others, or the titles of these.
kcsan_reports()
{
	awk -v want="$1" -v expected=<(messages_expected) '
		BEGIN {
			while ((getline line < expected) > 0)
				harmless[++n] = "^(" line ")$"
		}
		# The line before a report, and the one behind it.
		function bar(line) { return line ~ /\] =======+\r?$/ }
		function give(text) { if (want == "own") print text }
		# Whether a line is one of a report; or one that may come at any time: of audit,
		# of a program that has crashed, or expected.
		function of_report(line, i) {
			sub(/^[^]]*\] ?/, "", line)
			sub(/\r$/, "", line)
			sub(/^race at unknown origin, with /, "", line)
			for (i = 1; i <= n; i++)
				if (line ~ harmless[i])
					return 1
			return line ~ /^(=+|value changed: 0x[0-9a-f]+ -> 0x[0-9a-f]+)?$/ ||
				line ~ /^ bits changed: 0x[0-9a-f]+ with mask 0x[0-9a-f]+$/ ||
				line ~ /^(read|write|read-write)( \((marked, )?(marked|reordered)\))? to 0x/ ||
				line ~ /^ +[^ ]+\+0x[0-9a-f]+\/0x[0-9a-f]+$/ ||
				line ~ /^Reported by Kernel Concurrency Sanitizer on:$/ ||
				line ~ /^(CPU|Tainted|Hardware name|Workqueue): / ||
				line ~ /^(audit: type=|[^ ]+\[[0-9]+\]: segfault at |Code: )/ ||
				line ~ /^traps: [^ ]+\[[0-9]+\] (general protection fault|trap [a-z ]+) ip:/
		}
		# One of ours, on a stack.
		function ours(line) { return line ~ /\] +(_R|[^ ]*(seccomp|rust_))[^ ]*\+0x[0-9a-f]+\/0x/ }
		# Where what is on the stack below has not called what is above.
		function uncalled(line) {
			return line ~ /\] +(asm_sysvec_[a-z_]+|asm_common_interrupt|el1h_64_irq|do_exit)\+0x/
		}
		# The title of a race that a lock has with itself.
		function of_lock(title, of) {
			of = "(__mutex_lock|osq_lock|osq_unlock)"
			return title ~ "data-race in " of " / " of "\r?$"
		}
		bar($0) && !inside {
			if (before != "")
				give(before)
			before = $0
			next
		}
		/BUG: KCSAN: data-race in / && !inside {
			title = $0
			held = (before != "" ? before "\n" : "") $0
			before = ""
			inside = 1
			kept = below = 0
			next
		}
		inside {
			held = held "\n" $0
			if (/\] .* to 0x[0-9a-f]+ of [0-9]+ bytes by /)
				below = 0
			if (ours($0) && !below && !of_lock(title) || !of_report($0))
				kept = 1
			if (uncalled($0))
				below = 1
			if (!bar($0))
				next
			inside = 0
			if (kept)
				give(held)
			else if (want == "others") {
				sub(/.*BUG: KCSAN: /, "", title)
				sub(/\r$/, "", title)
				print title
			}
			next
		}
		before != "" {
			give(before)
			before = ""
		}
		{ give($0) }
		END {
			if (before != "")
				give(before)
			if (inside)
				give(held)
		}'
}

# What is to be looked at of a log.
kcsan_ours() { if [ "$VARIANT" = kcsan ]; then kcsan_reports own; else cat; fi; }

# kcsan_note RUN CONSOLE: the races of the tree that a boot has come upon, if any, in
# build/results/kcsan-tree/RUN.
kcsan_note()
{
	local list=$RESULTS/kcsan-tree/$1

	[ "$VARIANT" = kcsan ] || return 0
	mkdir -p "${list%/*}"
	kcsan_reports others <"$2" >"$list"
	[ -s "$list" ] || rm -f "$list"
}
