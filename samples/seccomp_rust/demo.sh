#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# A transcript of the four samples at work on real programs. Wants root,
# busybox, and the samples in PATH. Ends with status 0 only if every step did
# what it should; each step's checks follow it as "ok" or "NOT OK".
#
# Reports of a supervisor go to a file that is shown afterwards, so that they
# do not mix with what the command itself prints.

demo=/tmp/seccomp-demo
failed=0

title()
{
	printf '\n%s\n' "$1"
	printf '%s\n' "$1" | busybox sed 's/./-/g'
}

# Show a command, run it, keep its exit status in $status.
try()
{
	shown="\$"
	for word; do
		case $word in
		*[!A-Za-z0-9_=/,.:-]*) word="'$word'" ;;
		esac
		shown="$shown $word"
	done
	printf '%s\n' "$shown"
	"$@" 2>&1
	status=$?
}

report()
{
	busybox sed 's/^/    /' report
}

# check WHAT COMMAND...: WHAT should be so, and is if COMMAND succeeds.
check()
{
	what=$1
	shift
	if "$@" >/dev/null 2>&1; then
		echo "  ok: $what"
	else
		echo "  NOT OK: $what"
		failed=$((failed + 1))
	fi
}

reported()
{
	busybox grep -q -e "$1" report
}

# How many processes the lines of a trace are about.
processes()
{
	busybox awk '$2 ~ /^#/ { seen[$3] } END { for (p in seen) n++; print n + 0 }' report
}

absent()
{
	! test -e "$1"
}

not_mounted()
{
	! busybox grep -q " $1 " /proc/mounts
}

for program in busybox notify-trace fd-broker mount-agent tsync-pool; do
	if ! command -v "$program" >/dev/null; then
		echo "demo: $program is not in PATH" >&2
		exit 1
	fi
done
# Nothing that lies there may be taken for a result.
if ! busybox mkdir "$demo"; then
	echo "demo: cannot make $demo" >&2
	exit 1
fi
trap 'cd /; busybox rm -rf "$demo"' EXIT
cd "$demo" || exit 1
umask 022

# Some architectures have but one call that makes a directory.
case $(busybox uname -m) in
x86_64) making=mkdir,mkdirat failing='-e mkdir=EROFS -e mkdirat=EROFS' ;;
*) making=mkdirat failing='-e mkdirat=EROFS' ;;
esac

title "notify-trace: every selected call of a command and its children, answered one by one"

try notify-trace -c -o report -t execve,openat,$making \
	busybox sh -c 'mkdir dir; echo hello >dir/file; cat dir/file'
report
check "the command's status is passed on" test "$status" -eq 0
check "the shell's own open was seen" reported 'openat(.*"dir/file", O_WRONLY'
check "so was what its children did" test "$(processes)" -gt 1
check "calls were counted" reported '^mkdir\(at\)\? .* 0 '

# shellcheck disable=SC2086 # a list of words
try notify-trace -o report $failing busybox mkdir other
report
check "the command saw mkdir fail" test "$status" -eq 1
check "the listener answered for it" reported 'mkdir.*-> EROFS'
check "there is no directory" absent other

try notify-trace -q busybox sh -c 'kill -TERM $$'
check "a death by signal is passed on: 128 + 15" test "$status" -eq 143

title "fd-broker: files for a command that has none"

busybox mkdir in out
echo "from the broker" >in/text
echo "not for you" >secret

try fd-broker -o report -r "$demo/in" -w "$demo/out" busybox sh -c \
	"echo /*; read line <$demo/in/text; echo got: \$line; echo \$line >$demo/out/copy"
report
check "the command ended well" test "$status" -eq 0
check "it wrote what it read" busybox cmp in/text out/copy

try fd-broker -o report -r "$demo/in" busybox cat "$demo/in/../secret"
report
check "nothing leads out of the directory" test "$status" -eq 1
check "it was the broker that refused" reported 'secret" -> EACCES'

try fd-broker -o report -l log busybox echo "for the log"
report
check "fd 1 was the log when the program started" \
	busybox grep -qx "for the log" log

title "mount-agent: mount and mkdir for a command without privilege"

# Root's, and nobody else may write here.
busybox mkdir box
try mount-agent -o report -d "$demo/box" busybox sh -c \
	'id -u; mkdir box/a; mount -t tmpfs none box/a; echo hi >box/a/file; cat box/a/file
  grep seccomp-demo /proc/mounts; mkdir b; mount -t tmpfs none /tmp'
report
check "the mount outside was refused" test "$status" -eq 1
check "the directory was made for nobody" \
	test "$(busybox stat -c %u box/a)" = 65534
check "the mount is gone with its namespace" not_mounted "$demo/box/a"
check "nothing was made outside" absent b

title "tsync-pool: one filter for threads that already run"

busybox mkdir pool
try tsync-pool -n 3 busybox sh -c 'mkdir pool/$POOL_JOB'
check "the kernel did as it should" test "$status" -eq 0
check "each thread's program made its directory before" \
	test -d pool/before-1 -a -d pool/before-2 -a -d pool/before-3
check "and could not after" \
	test "$(busybox ls pool | busybox wc -l)" -eq 3

echo
if [ "$failed" -gt 0 ]; then
	echo "demo: $failed checks failed"
	exit 1
fi
echo "demo: all as it should be"
