# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# What the kernel has said by the end of a job, at the level of a warning or above: all
# that messages.txt does not expect is a failure of the boot, whatever the words are.

# The guest's part. A line each, with its level and time; whether all were there, as the
# kernel's buffer has an end; and last that this is all.
job_messages()
{
	cat <<-'END'
		echo '# kit: messages'
		said=/run/kit-messages
		dmesg -r >$said && head -n 5 $said | grep -q 'Linux version' || echo '# kit: messages lost'
		sed -n '/^<[0-4]>\|seccomp_faults: /s/^/# dmesg: /p' $said && echo '# kit: messages shown'
	END
}

# messages_wanted JOB: whether the job does that.
messages_wanted() { grep -q '# kit: messages shown' "$1"; }

# The expressions for this variant and architecture.
messages_expected()
{
	sed 's/^#.*//; /^[[:blank:]]*$/d' "$KIT/messages.txt" | awk -F'\t' \
		-v variant="$VARIANT" -v arch="$ARCH" '
		$1 == "all" || index(" " $1 " ", " " variant " ") || index(" " $1 " ", " " arch " ") {
			print $2
		}'
}

# Without warnings of the time in which tests had steps fail. Errors remain, and what
# boot.sh ends a boot for has been seen by then.
messages_unprovoked()
{
	awk '
		/seccomp_faults: steps fail from here on$/ { failing = 1; next }
		/seccomp_faults: no step fails any more$/ { failing = 0; next }
		!failing || !/^# dmesg: <4>/ { print }
		END {
			if (failing)
				print "# dmesg: <4>[] seccomp_faults: it was not said that steps fail no more"
		}'
}

# messages_unexpected OUT: those of a guest's words that nothing expects.
messages_unexpected()
{
	local rc=0

	tr -d '\r' <"$1" | grep -a '^# kit: messages lost\|^# dmesg: ' | kcsan_ours |
		messages_unprovoked |
		sed -E 's/^# dmesg: <[0-4]>(\[[^]]*\] ?)+//' |
		grep -avxE -f <(messages_expected) || rc=$?
	# An expression that is none would have all pass.
	[ "$rc" -le 1 ] || say "the expressions in messages.txt are not in order"
	[ "$rc" != 1 ]
}
