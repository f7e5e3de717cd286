# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# The rules about what the compilers make of the repository. They are put to
# the Rust image, and to a build of their own with overflow checks and clippy.

CHECK_OUT=$(kernel_out check rust)
CHECK_LEAST=$(kernel_out least rust)

# kernel/seccomp and what it needs, as clippy sees it: with everything that it has,
# without anything that it can do without, and with one of two options that share code.
check_kernel()
{
	check_compile check "$CHECK_OUT" "with clippy and overflow checks"
	check_compile least "$CHECK_LEAST" "with clippy and no other option"
	check_compile mixed "$(kernel_out mixed rust)" "with clippy and half of two options"
}

# check_compile VARIANT OUT WORDS. A warning is in the log of the run that makes
# the object, and of no later one: objects that no run has found free of warnings
# go again.
check_compile()
{
	[ -e "$2/kit-no-warning" ] || rm -f "$2"/kernel/seccomp/*.o "$2/rust/kernel.o"
	rm -f "$2/kit-no-warning"
	config_make "$1" rust "$2"
	watch_job "kernel/seccomp $3" "$LOGS/check-$1.log" "$KERNEL_LINES|^  CLIPPY" objects 0 \
		"${KMAKE[@]}" -C "$TREE" O="$2" CLIPPY=1 prepare kernel/seccomp/ || exit 1
}

# The objects of the C image, and those of the same configuration in a tree on
# which nothing has been laid. ccache knows most of them from the former.
PLAIN=$TREE.plain

check_plain()
{
	local out

	kernel_build base c
	(
		TREE=$PLAIN
		! tree_stale || tree_copy
		out=$(kernel_out base c)
		config_make base c "$out"
		watch_job "the C implementation in a tree without the overlay" \
			"$LOGS/check-plain.log" "$KERNEL_LINES" objects "$(cat "$CACHE/objects-${FLAVOUR}base-c" 2>/dev/null || kernel_objects base)" \
			"${KMAKE[@]}" -C "$TREE" O="$out" vmlinux || exit 1
	) || exit 1
}

# The members of an image, relative to where it is built.
image_members() { "${NM/nm/ar}" t "$1/vmlinux.a" | sed "s,^$1/,,"; }

# What an object brings into an image: all but the names of its symbols. Some
# local ones are numbered by the lines of the source, of which a hook adds some.
object_contents()
{
	"${NM/nm/objdump}" -h -s -r "$1" | awk '
		/file format/ || $2 ~ /^\.(sym|str|shstr)tab$/ { next }
		/^Contents of section/ { names = / \.(sym|str)tab:$/ }
		!names'
}

# Left out are the configuration, in which the switch is off, and the examples
# of the kernel crate, which KUnit names by file and line.
check_pristine()
{
	local ours theirs object

	ours=$(kernel_out base c) theirs=$(TREE=$PLAIN kernel_out base c)
	diff <(image_members "$theirs") <(image_members "$ours") | grep '^[<>]' || true
	image_members "$theirs" | grep -vx 'kernel/configs\.o\|rust/doctests_kernel_generated\.o' |
		while IFS= read -r object; do
			cmp -s "$theirs/$object" "$ours/$object" ||
				cmp -s <(object_contents "$theirs/$object") \
					<(object_contents "$ours/$object") || say "$object differs"
		done
	[ "$(image_members "$theirs" | wc -l)" -gt 500 ] || say "there are no objects to compare"
}

check_clippy()
{
	local variant

	for variant in check least mixed; do
		our_warnings "$LOGS/check-$variant.log" | sed "s/\$/ ($variant.config)/" | grep . ||
			: >"$(kernel_out "$variant" rust)/kit-no-warning"
	done
}

# rustdoc takes the command line that made an object, less what is only about
# objects. The tree's own target would go through all of its crates.
rustdoc_like()
{
	local object=$1 line

	line=$(sed -n '1s/^savedcmd_[^ ]* := //p' "$CHECK_OUT/${object%/*}/.${object##*/}.cmd" |
		sed -E "s, -- .*,,; s,;.*,,; s,^.*(clippy-driver|rustc) ,$RUST_BIN/rustdoc ,
			s, --emit=[^ ]*,,g; s, -o [^ ]*,,; s, --out-dir [^ ]*,,; s, --sysroot=[^ ]*,,
			s, -Wclippy[^ ]*,,g; s, -Zbinary_dep_depinfo=y,,; s, -Csave-temps[^ ]*,,")
	# Private items are documented too, so links to them are in order.
	line+=' -o kit-doc --document-private-items -Arustdoc::private_intra_doc_links'
	(cd "$CHECK_OUT" && "${KENV[@]}" RUSTC_BOOTSTRAP=1 OBJTREE="$CHECK_OUT" \
		RUST_MODFILE="${object%.o}" sh -c "$line") >"$LOGS/rustdoc.log" 2>&1 ||
		{ say "rustdoc failed on $object:"; tail -n 5 "$LOGS/rustdoc.log"; }
	our_warnings "$LOGS/rustdoc.log"
}

check_rustdoc()
{
	rustdoc_like rust/kernel.o
	rustdoc_like kernel/seccomp/seccomp_main.o
}

# The C code of a page's blocks that are whole programs, each in a file of its
# own: DIR/PAGE-LINE.c.
page_programs()
{
	awk -v to="$2/$(basename "$1" .rst)" '
		function indentation(line) { match(line, /^[ \t]*/); return RLENGTH }
		function finish() {
			if (text ~ /\nint main\(/)
				printf "%s", text >(to "-" first ".c")
			first = text = ""
			inside = 0
		}
		inside && /[^ \t]/ && indentation($0) <= outer { finish() }
		inside && first == "" && /^[ \t]*(:[a-z]|$)/ { next }
		inside {
			if (first == "") {
				first = FNR
				inner = indentation($0)
			}
			text = text substr($0, inner + 1) "\n"
		}
		/^[ \t]*\.\. (code-block|sourcecode)::[ \t]*[cC]$/ { inside = 1; outer = indentation($0) }
		END { finish() }
	' "$1"
}

# Against the headers of the tree, as a reader would compile them.
check_examples()
{
	local dir=$BUILD/examples page program words n=0

	rm -rf "$dir"
	mkdir -p "$dir"
	for page in "$TOP"/Documentation/userspace-api/*.rst; do
		page_programs "$page" "$dir"
	done
	for program in "$dir"/*.c; do
		[ -f "$program" ] || continue
		n=$((n + 1))
		words=$(cd "$dir" && "$PROGRAM_CC" -O2 -Wall -Wextra -Werror -isystem "$HEADERS" \
			-o "${program%.c}" "${program##*/}" 2>&1) ||
			grep -E 'error|not found' <<<"$words" || say "${program##*/} does not compile"
	done
	[ "$n" -gt 0 ] || say "no page of Documentation/userspace-api has a whole program"
}

check_replaced()
{
	local out members

	out=$(kernel_out base rust)
	members=$(image_members "$out")
	grep -x 'kernel/seccomp\.o' <<<"$members" || true
	grep -q '^kernel/seccomp/' <<<"$members" || say "vmlinux.a has nothing of kernel/seccomp"
	[ ! -e "$out/kernel/seccomp.o" ] || say "kernel/seccomp.o was built"
}

# The variants that are not built here, and those of the other architectures; a
# symbol that is gone breaks them too.
check_variants()
{
	local arch variant

	for arch in "$KIT"/arch/*.sh; do
		(
			ARCH=${arch##*/} ARCH=${ARCH%.sh}
			# shellcheck source=/dev/null
			. "$arch"
			unset KMAKE
			toolchain_load
			for variant in base debian debug kcsan check least mixed; do
				(config_make "$variant" rust "$(kernel_out "$variant" rust)" 2>&1) || true
			done
		)
	done
}

check_symbol()
{
	local rust c

	rust=$(kernel_out base rust) c=$(kernel_out base c)
	config_make base c "$c"
	diff "$c/.config" "$rust/.config" |
		grep '^[<>].*CONFIG_' | grep -v 'SECCOMP_RUST\|RUST_SECCOMP' || true
}
