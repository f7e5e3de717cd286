# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# The rules about what the compilers make of the repository. They are put to
# the Rust image, and to a build of their own with overflow checks and clippy.

CHECK_OUT=$TREE/o-check-rust

# kernel/seccomp and what it needs, as clippy sees it.
check_kernel()
{
	local log=$LOGS/check-kernel.log

	config_make check rust "$CHECK_OUT"
	watch_job "kernel/seccomp with clippy and overflow checks" "$log" \
		"$KERNEL_LINES|^  CLIPPY" objects 0 \
		"${KMAKE[@]}" -C "$TREE" O="$CHECK_OUT" CLIPPY=1 prepare kernel/seccomp/ || exit 1
}

# The warnings of a log that point into a file of ours, with its first lines.
our_warnings()
{
	overlay_files | cut -f1 | awk '
		NR == FNR { ours[$0] = 1; next }
		/^(warning|error)/ { head = $0; next }
		head != "" && /^ *--> / {
			place = $2
			sub(/^(\.\.\/)+/, "", place)
			file = place
			sub(/:.*/, "", file)
			if (file in ours)
				print place ": " head
			head = ""
		}
		/: warning: / {
			file = $0
			sub(/^(\.\.\/)+/, "", file)
			place = file
			sub(/:.*/, "", file)
			if (file in ours)
				print place
		}
	' - "$1"
}

# Objects that gave a warning go again: the next run has to see it too.
check_forget()
{
	[ -z "$(our_warnings "$LOGS/check-kernel.log")" ] ||
		rm -f "$CHECK_OUT"/kernel/seccomp/*.o "$CHECK_OUT/rust/kernel.o"
}

check_clippy() { our_warnings "$LOGS/check-kernel.log"; }

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

check_panic()
{
	local out object

	for out in "$TREE/o-base-rust" "$CHECK_OUT"; do
		find "$out/kernel/seccomp" -name '*.o' | while IFS= read -r object; do
			"$NM" -u "$object" 2>/dev/null | grep -E 'core(9|.*)panicking' |
				awk -v object="${object#"$TREE/"}" '{ print object ": " $2 }' || true
		done
		[ -n "$(find "$out/kernel/seccomp" -name '*.o')" ] || say "${out##*/}: no object to look at"
	done
}

check_replaced()
{
	local out=$TREE/o-base-rust members

	members=$("${NM/nm/ar}" t "$out/vmlinux.a" | sed "s,^$out/,,")
	grep -x 'kernel/seccomp\.o' <<<"$members" || true
	grep -q '^kernel/seccomp/' <<<"$members" || say "vmlinux.a has nothing of kernel/seccomp"
	[ ! -e "$out/kernel/seccomp.o" ] || say "kernel/seccomp.o was built"
}

check_symbol()
{
	config_make base c "$TREE/o-base-c"
	diff "$TREE/o-base-c/.config" "$TREE/o-base-rust/.config" |
		grep '^[<>].*CONFIG_' | grep -v 'SECCOMP_RUST\|RUST_SECCOMP' || true
}
